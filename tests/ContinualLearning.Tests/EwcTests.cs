using Engram.Autograd;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public class EwcTests
{
    private static double[] Gradient(Model model, float[] values, float[] x, int[] y)
    {
        using var tape = new Tape(Device.Host);
        Tensor gradient = Tensor.Zeros(Device.Host, values.Length);
        tape.Begin(model.Parameters, Tensor.From(Device.Host, values, values.Length), gradient);
        using DeviceBuffer<int> labels = Device.Host.Allocate<int>(y.Length);
        Device.Host.Upload<int>(y, labels, 0);
        tape.Backward(SoftmaxCrossEntropy.Apply(model.Forward(tape.Constant(Tensor.From(Device.Host, x, y.Length, model.Inputs))), IndexView.All(labels)));
        return [.. gradient.ToArray().Select(v => (double)v)];
    }

    private static (float[] X, int[] Y) Rows(ImageSet images, int start, int count)
    {
        var x = new float[count * Toy.Features];
        var y = new int[count];
        images.CopyTo([.. Enumerable.Range(start, count)], x, y);
        return (x, y);
    }

    // F over all samples, from one tape per sample
    private static double[] Fisher(Model model, float[] values, ImageSet images)
    {
        var fisher = new double[values.Length];
        for (int i = 0; i < images.Count; i++)
        {
            (float[] x, int[] y) = Rows(images, i, 1);
            double[] g = Gradient(model, values, x, y);
            for (int c = 0; c < g.Length; c++)
                fisher[c] += g[c] * g[c] / images.Count;
        }

        return fisher;
    }

    [Fact]
    public void A_step_pays_for_every_finished_task_with_its_own_fisher_and_its_own_anchor()
    {
        const double strength = 3;
        using var learner = new Learner(Toy.Options(new EwcOptions { Strength = strength, Samples = 1000 }));
        var tasks = new List<(double[] Fisher, float[] Anchor)>();
        for (int task = 0; task < 3; task++)
        {
            ImageSet images = Toy.Task(task, 24);
            Toy.Train(learner, images, 10);
            learner.EndTask(images);
            tasks.Add((Fisher(learner.Model, learner.Values.ToArray(), images), learner.Values.ToArray()));
        }

        Toy.Train(learner, Toy.Task(3, 24), 2);
        float[] before = learner.Values.ToArray();
        (float[] x, int[] y) = Rows(Toy.Task(3, 24), 16, 8);
        Toy.Train(learner, Toy.Task(3, 24), 1, start: 2);
        double[] expected = Gradient(learner.Model, before, x, y);
        for (int c = 0; c < expected.Length; c++)
            expected[c] += tasks.Sum(task => strength * task.Fisher[c] * (before[c] - task.Anchor[c]));
        float[] actual = learner.Gradient.ToArray();
        double scale = Math.Sqrt(expected.Sum(v => v * v));
        for (int c = 0; c < expected.Length; c++)
            Assert.Equal(expected[c], actual[c], 1e-5 * scale);
    }

    [Fact]
    public void Without_strength_it_is_fine_tuning_and_the_first_task_always_is() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(12),
        Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), seed =>
        {
            float[] Run(StrategyOptions strategy, int tasks)
            {
                using var learner = new Learner(Toy.Options(strategy, seed: (ulong)seed));
                for (int task = 0; task < tasks; task++)
                {
                    Toy.Train(learner, Toy.Task(task, 24, (ulong)seed), 6);
                    learner.EndTask(Toy.Task(task, 24, (ulong)seed));
                }

                return learner.Values.ToArray();
            }

            return Run(new EwcOptions { Strength = 0 }, 3).AsSpan().SequenceEqual(Run(new FineTuneOptions(), 3))
                && Run(new EwcOptions { Strength = 1e4 }, 1).AsSpan().SequenceEqual(Run(new FineTuneOptions(), 1));
        }));

    [Fact]
    public void The_stronger_the_penalty_the_nearer_the_parameters_that_matter_stay() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(8),
        Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), seed =>
        {
            // Fisher-weighted distance from the anchor after the second task
            double Distance(double strength)
            {
                using var learner = new Learner(Toy.Options(new EwcOptions { Strength = strength }, new SgdOptions { LearningRate = 0.05f }, (ulong)seed));
                ImageSet first = Toy.Task(0, 40, (ulong)seed);
                Toy.Train(learner, first, 20);
                learner.EndTask(first);
                float[] anchor = learner.Values.ToArray();
                double[] fisher = Fisher(learner.Model, anchor, first);
                Toy.Train(learner, Toy.Task(1, 40, (ulong)seed), 40);
                return learner.Values.ToArray().Select((v, i) => fisher[i] * (v - anchor[i]) * (v - anchor[i])).Sum();
            }

            double free = Distance(0), held = Distance(5);
            return held < free;
        }));

    [Fact]
    public void The_models_own_labels_give_another_information_and_decay_forgets_older_tasks()
    {
        float[] Run(EwcOptions options)
        {
            using var learner = new Learner(Toy.Options(options));
            for (int task = 0; task < 3; task++)
            {
                Toy.Train(learner, Toy.Task(task, 24), 8);
                learner.EndTask(Toy.Task(task, 24));
            }

            var figures = new Dictionary<string, double>();
            learner.Describe(figures);
            return [.. learner.Values.ToArray(), (float)figures["fisherMean"]];
        }

        float[] data = Run(new EwcOptions()), model = Run(new EwcOptions { Labels = FisherLabels.Model }), online = Run(new EwcOptions { Decay = 0.1 });
        Assert.NotEqual(data, model);
        Assert.All(model, v => Assert.True(float.IsFinite(v)));
        Assert.True(online[^1] < data[^1]);
    }

    [Fact]
    public void Missing_samples_and_wrong_settings_are_named()
    {
        using var learner = new Learner(Toy.Options(new EwcOptions()));
        Toy.Train(learner, Toy.Task(0, 24), 1);
        Assert.Contains("EndTask", Assert.Throws<InvalidOperationException>(() => learner.EndTask()).Message);
        string all = string.Join("; ", new EwcOptions { Strength = -1, Samples = 0, Decay = 2, Labels = (FisherLabels)9 }.Problems());
        foreach (string key in new[] { "strategy.strength", "strategy.samples", "strategy.decay", "strategy.labels" })
            Assert.Contains(key, all);
    }
}
