using Engram.ContinualLearning;
using Engram.Data;
using Engram.Kernels.Simt;
using Engram.Models;

namespace Engram.Devices.Tests;

/// <summary>Kernels that a step of learning launches in steady state, and how often the host waits for the device: counted in the emulator.</summary>
/// <param name="Step">Network and strategy.</param>
/// <param name="Launches">Kernels launched.</param>
/// <param name="Fetched">Elements that the host fetched.</param>
/// <param name="Kernels">How often each was launched, the most first.</param>
internal sealed record StepLaunches(string Step, int Launches, long Fetched, string Kernels)
{
    private static readonly ReplaySourceOptions Ring = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 3 };

    /// <summary>All steps, counted.</summary>
    public static IEnumerable<StepLaunches> All()
    {
        ImageShape image = new(3, 4, 4);
        ModelOptions mlp = new MlpOptions { Input = image, Outputs = 4, Hidden = [8, 8] };
        ModelOptions mixer = new MixerOptions { Input = image, Outputs = 4, Patch = 2, Width = 6, Depth = 1, TokenHidden = 5, ChannelHidden = 7 };
        ModelOptions resNet = new ResNet18Options { Input = image, Outputs = 4, Width = 2 };
        yield return Count("MLP of three layers, fine-tuning", mlp, new FineTuneOptions());
        yield return Count("the same, ER", mlp, new ErOptions { Replay = Ring });
        yield return Count("the same, A-GEM", mlp, new AGemOptions { Replay = Ring });
        yield return Count("MLP-Mixer of one block, fine-tuning", mixer, new FineTuneOptions());
        yield return Count("ResNet-18, fine-tuning", resNet, new FineTuneOptions());
    }

    private static StepLaunches Count(string name, ModelOptions model, StrategyOptions strategy)
    {
        using var device = new EmulatorDevice();
        using var learner = new Learner(new LearnerOptions { Model = model.Create(), Strategy = strategy, Device = device, Seed = 1 });
        float[] x = [.. OnDevice.Numbers(4 * 48, 1).Select(value => Math.Clamp(0.5f + (0.2f * value), 0f, 1f))];
        for (int step = 0; step < 3; step++)
        {
            learner.Observe(new Batch(x, [0, 1, 0, 1]));
            if (step == 1)
                learner.EndTask();
        }

        device.IsCounting = true;
        (int launches, long fetched) = (device.Launches, device.Fetched);
        learner.Observe(new Batch(x, [2, 3, 2, 3]));
        return new StepLaunches(name, device.Launches - launches, device.Fetched - fetched,
            string.Join(", ", device.Tallies.OrderByDescending(tally => tally.Value.Launches).Select(tally => $"{tally.Key.Replace("Kernel", "", StringComparison.Ordinal)} {tally.Value.Launches}")));
    }
}
