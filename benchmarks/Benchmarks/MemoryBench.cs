using System.Globalization;
using Engram.Benchmarking.Families;
using Engram.ContinualLearning;
using Engram.Kernels;

namespace Engram.Benchmarks;

/// <summary>
/// <c>memory [NETWORK] [--threads N]</c>: trains a network (batch 32, ten steps, 3×32×32) and prints the largest resident size of this process, then that of a
/// PyTorch process that does the same.
/// </summary>
internal static class MemoryBench
{
    private const int Batch = 32, Steps = 10;
    private const double MiB = 1 << 20;

    public static int Run(string[] args)
    {
        string network = args is [var first, ..] && !first.StartsWith('-') ? first : "resnet18-64";
        int threads = Options.Number(args, "--threads", 1);
        using (Learner learner = new(new LearnerOptions
        {
            Model = NetworkFamily.Create(network, 3, 32),
            Optimizer = new Models.SgdOptions { LearningRate = 0.01 },
            Strategy = new FineTuneOptions(),
            Device = Device.Cpu(threads),
        }))
        {
            Random random = new(1);
            float[] x = [.. Enumerable.Range(0, Batch * learner.Model.Inputs).Select(_ => random.NextSingle())];
            int[] labels = [.. Enumerable.Range(0, Batch).Select(_ => random.Next(10))];
            for (int i = 0; i < Steps; i++)
                learner.Observe(new Batch(x, labels));
        }

        double ours = File.ReadLines("/proc/self/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Select(line => 1024 * double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)).First();
        using PythonPeer peer = new("torch_nets.py", threads);
        double theirs = peer.Ask($"{network} {3} {32} {Batch} peak {1} {0}")[0];
        Console.WriteLine(FormattableString.Invariant(
            $"{network}, batch {Batch}, {Steps} training steps, {threads} threads: largest resident size {ours / MiB:F0} MiB, PyTorch {theirs / MiB:F0} MiB, ratio {theirs / ours:F2}"));
        return 0;
    }
}
