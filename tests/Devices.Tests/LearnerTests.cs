using Engram.ContinualLearning;
using Engram.ContinualLearning.Tests;
using Engram.Data;
using Engram.Kernels;
using Engram.Kernels.Simt;
using Engram.Models;

namespace Engram.Devices.Tests;

/// <summary>Learners on a device that the host cannot reach into: the CPU's random numbers, its first steps, its predictions; files go between the two.</summary>
public sealed class LearnerTests : IDisposable
{
    private const double Tolerance = 1e-4;

    // after some steps of Adam a gradient of nothing but rounding has moved its parameter
    private const double AdamTolerance = 2e-3;

    private readonly EmulatorDevice _device = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("engram-devices-").FullName;

    public static TheoryData<string> Strategies => Named(options => options.SavedTensors == SavedTensorsKind.Exact);

    public static TheoryData<string, ModelOptions> Models => new()
    {
        { "mixer", new MixerOptions { Patch = 2, Width = 6, Depth = 1, TokenHidden = 5, ChannelHidden = 7 } },
        { "resnet18", new ResNet18Options { Width = 2 } },
        { "vit", new VisionTransformerOptions { Patch = 2, Width = 6, Depth = 1, Heads = 2, MlpHidden = 7, Dropout = 0.1 } },
        { "mgem-cnn", new MGemCnnOptions { Channels = [3, 4] } },
        { "cosine head", new ResNet18Options { Width = 1, CosineHead = new CosineHeadOptions() } },
    };

    public void Dispose()
    {
        _device.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void The_first_steps_of_every_strategy_are_those_of_the_CPU(string name)
    {
        // the directions of a generator may point the other way on another device: the same distribution, other draws
        StrategyOptions strategy = Toy.Strategy(name);
        int compared = strategy.Memory is SvdGeneratorOptions or ClusteredSvdGeneratorOptions or PatchSvdGeneratorOptions ? 1 : 2;
        using var expected = new Learner(Toy.Options(strategy));
        using var found = new Learner(Toy.Options(strategy) with { Device = _device });
        for (int task = 0; task < 2; task++)
        {
            StepReport there = Train(found, task);
            Assert.True(float.IsFinite(there.Loss));
            StepReport here = Train(expected, task);
            if (task >= compared)
                continue;
            OnDevice.AssertClose(expected.Values.ToArray(), found.Values.ToArray(), Tolerance, $"{name}, parameters after task {task}");
            Assert.Equal((here.Replayed, here.Projected), (there.Replayed, there.Projected));
            Assert.Equal(expected.Evaluate(Toy.Task(task, 20, seed: 5)), found.Evaluate(Toy.Task(task, 20, seed: 5)));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_first_steps_of_every_network_are_those_of_the_CPU(string name, ModelOptions model)
    {
        var options = new LearnerOptions
        {
            Model = (model with { Input = new ImageShape(3, 4, 4), Outputs = 3 }).Create(),
            Strategy = new AGemOptions { Replay = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 2 } },
            Seed = 3,
        };
        using var expected = new Learner(options);
        using var found = new Learner(options with { Device = _device });
        float[] x = OnDevice.Numbers(6 * 48, 1), logits = new float[6 * 3], same = new float[6 * 3];
        for (int i = 0; i < x.Length; i++)
            x[i] = Math.Clamp(0.5f + (0.2f * x[i]), 0f, 1f);
        for (int step = 0; step < 3; step++)
        {
            var batch = new Batch(x.AsSpan(step * 96, 96), [step, (step + 1) % 3]);
            expected.Observe(batch);
            found.Observe(batch);
        }

        OnDevice.AssertClose(expected.Values.ToArray(), found.Values.ToArray(), Tolerance, $"{name}, parameters");
        expected.Predict(x, 6, logits);
        found.Predict(x, 6, same);
        OnDevice.AssertClose(logits, same, 10 * Tolerance, $"{name}, predictions");
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_learner_runs_on_every_device_found(string device)
    {
        // few steps: a simulation takes a second for each
        LearnerOptions options = Toy.Options(Toy.Strategy("agem ring"));
        using var expected = new Learner(options);
        using var found = new Learner(options with { Device = DevicesFound.Get(device) });
        for (int task = 0; task < 2; task++)
        {
            foreach (Learner learner in new[] { expected, found })
            {
                Toy.Train(learner, Toy.Task(task, 24), 1);
                learner.EndTask(new ImageSetSamples(Toy.Task(task, 24)));
            }
        }

        OnDevice.AssertClose(expected.Values.ToArray(), found.Values.ToArray(), Tolerance, device);
        Assert.Equal(expected.Evaluate(Toy.Task(1, 20)), found.Evaluate(Toy.Task(1, 20)));
    }

    [Fact]
    public void Optimizers_heads_normalization_and_augmentation_are_those_of_the_CPU()
    {
        LearnerOptions options = Toy.Options(new DerOptions { Replay = new BufferOptions { Capacity = 20 } }, new AdamOptions { WeightDecay = 0.01 }) with
        {
            Head = HeadPolicy.Masked,
            Normalization = new Normalization { Mean = [0.4f], StandardDeviation = [0.3f] },
            Augmentation = new AugmentationOptions { Flip = true },
        };
        using var expected = new Learner(options);
        using var found = new Learner(options with { Device = _device });
        for (int task = 0; task < 2; task++)
        {
            Train(expected, task);
            Train(found, task);
        }

        OnDevice.AssertClose(expected.Values.ToArray(), found.Values.ToArray(), AdamTolerance, "parameters");
    }

    [Fact]
    public void A_checkpoint_and_a_model_file_of_the_device_continue_there_bit_for_bit_and_on_the_CPU_within_rounding()
    {
        string checkpoint = Path.Combine(_folder, "learner.safetensors"), file = Path.Combine(_folder, "model.safetensors");
        StrategyOptions strategy = Toy.Strategy("agem reservoir");
        using var learner = new Learner(Toy.Options(strategy) with { Device = _device });
        Train(learner, 0);
        learner.Save(checkpoint);
        ModelFile.Save(file, learner.Model, learner.Values, learner.State);
        using Learner again = Learner.Load(checkpoint, Toy.Model(), _device), elsewhere = Learner.Load(checkpoint, Toy.Model());
        float[] before = learner.Values.ToArray();
        Assert.Equal(before, again.Values.ToArray());
        Assert.Equal(before, elsewhere.Values.ToArray());
        Train(learner, 1);
        Train(again, 1);
        Train(elsewhere, 1);
        Assert.Equal(learner.Values.ToArray(), again.Values.ToArray());
        OnDevice.AssertClose(learner.Values.ToArray(), elsewhere.Values.ToArray(), Tolerance, "continued on the CPU");
        ModelFile.Load(file, learner.Model, again.Values, again.State);
        Assert.Equal(before, again.Values.ToArray());
    }

    [Theory]
    [InlineData("finetune", 1)]
    [InlineData("er reservoir", 1)]
    [InlineData("agem reservoir", 1 + 1 + 3)]
    public void A_step_fetches_its_losses_and_what_a_projection_found_and_nothing_else(string name, int fetched)
    {
        using var learner = new Learner(Toy.Options(Toy.Strategy(name)) with { Device = _device });
        Train(learner, 0);
        Toy.Train(learner, Toy.Task(1, 24), 1);
        long before = _device.Fetched;
        Toy.Train(learner, Toy.Task(1, 24), 1, start: 1);
        Assert.Equal(fetched, _device.Fetched - before);
    }

    [Fact]
    public void A_generator_fitted_on_the_device_is_the_distribution_that_the_CPU_fits()
    {
        float[] samples = OnDevice.Numbers(30 * 20, 4);
        for (int i = 0; i < samples.Length; i++)
            samples[i] += i % 20 / 5f; // a mean image
        var options = new SvdGeneratorOptions { Rank = 4, Payload = GeneratorPayload.Float32 };
        (float[] mean, float[] covariance) = Moments(SvdFitter.Fit(Device.Host, samples, 20, 0, 0, options, 1));
        (float[] same, float[] alike) = Moments(SvdFitter.Fit(_device, samples, 20, 0, 0, options, 1));
        OnDevice.AssertClose(mean, same, Tolerance, "mean image");
        OnDevice.AssertClose(covariance, alike, Tolerance, "covariance of pixels");
    }

    [Fact]
    public void Activations_in_half_precision_are_refused_where_the_host_cannot_pack_them()
    {
        LearnerOptions options = Toy.Options(Toy.Strategy("finetune half")) with { Device = _device };
        Assert.Contains("host memory", Assert.Throws<ArgumentException>(() => new Learner(options)).Message);
    }

    private static StepReport Train(Learner learner, int task)
    {
        ImageSet images = Toy.Task(task, 24);
        learner.BeginTask(new TaskInfo { Name = $"task {task}" });
        StepReport report = Toy.Train(learner, images, 3);
        learner.EndTask(new ImageSetSamples(images));
        return report;
    }

    // what a generator draws from, on pixels: signs of its directions cancel
    private static (float[] Mean, float[] Covariance) Moments(SvdGenerator generator)
    {
        int p = generator.Features, r = generator.Rank;
        float[] rows = new float[r * p], covariance = generator.Covariance(), mean = new float[p], pixels = new float[p * p];
        for (int k = 0; k < r; k++)
            generator.BasisRow(k, rows.AsSpan(k * p, p));
        for (int i = 0; i < p; i++)
        {
            for (int k = 0; k < r; k++)
            {
                mean[i] += generator.Mean[k] * rows[(k * p) + i];
                for (int l = 0; l < r; l++)
                {
                    for (int j = 0; j < p; j++)
                        pixels[(i * p) + j] += covariance[(k * r) + l] * rows[(k * p) + i] * rows[(l * p) + j];
                }
            }
        }

        return (mean, pixels);
    }

    private static TheoryData<string> Named(Func<StrategyOptions, bool> wanted)
    {
        var names = new TheoryData<string>();
        foreach ((string name, StrategyOptions options) in Toy.Strategies())
        {
            if (wanted(options))
                names.Add(name);
        }

        return names;
    }
}
