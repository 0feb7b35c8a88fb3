using Engram.Autograd;
using Engram.Data;
using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class ContrastTests
{
    private static BalancedRetrievalOptions Strategy(LossChangeMethod scoring = LossChangeMethod.Taylor) => new()
    {
        Candidates = 12, Conflicting = 3, Aligned = 3, Loss = ReplayLoss.SupervisedContrastive, Temperature = 0.4, Scoring = scoring, Replay = new BufferOptions { Capacity = 40 },
    };

    private static (float[] X, int[] Y) Rows(int first, int count, int task = 0)
    {
        var x = new float[count * Toy.Features];
        var y = new int[count];
        Toy.Task(task, 80).CopyTo([.. Enumerable.Range(first, count)], x, y);
        return (x, y);
    }

    // the hidden layer of the toy network in double precision
    private static double[] Features(Learner learner, float[] x, ReadOnlySpan<float> values)
    {
        Parameter weight = learner.Model.Parameters["0.weight"], bias = learner.Model.Parameters["0.bias"];
        var features = new double[x.Length / Toy.Features * 16];
        for (int i = 0; i < features.Length; i++)
        {
            double sum = values[bias.Offset + (i % 16)];
            for (int k = 0; k < Toy.Features; k++)
                sum += (double)values[weight.Offset + (i % 16 * Toy.Features) + k] * x[(i / 16 * Toy.Features) + k];
            features[i] = Math.Max(0, sum);
        }

        return features;
    }

    [Fact]
    public void The_first_steps_loss_is_the_twins_mean_over_anchors_with_partners()
    {
        using var learner = new Learner(Toy.Options(Strategy()));
        (float[] x, int[] y) = Rows(0, 9); // four classes, one of them three times
        y[8] = 3; // and the label 0 of row 8 moved: rows 3, 7 and 8 are partners
        (double[] losses, _) = ReferenceContrast.Evaluate(Features(learner, x, learner.Values.AsSpan()), y, 0.4, new double[9]);
        float[] head = learner.Model.Parameters["2.weight"].Of(learner.Values).ToArray();
        StepReport report = learner.Observe(new Batch(x, y));
        Assert.Equal(losses.Average(), report.Loss, 1e-4);
        Assert.Equal(head, learner.Model.Parameters["2.weight"].Of(learner.Values).ToArray()); // the head takes no part
        Assert.Contains(learner.Gradient.ToArray(), g => g != 0);
    }

    [Theory]
    [InlineData(LossChangeMethod.Taylor)]
    [InlineData(LossChangeMethod.VirtualStep)]
    public void Scores_are_the_slope_of_each_anchors_loss_among_batch_and_candidates(LossChangeMethod method)
    {
        var watched = new Watched { Inner = Strategy(method) };
        using var learner = new Learner(Toy.Options(watched));
        TrainingStep step = watched.Step!;
        (float[] x, int[] y) = Rows(0, 16);
        step.Stage(new Batch(x, y));
        step.DifferentiateReference(0, 6, step.Gradient);
        float[] direction = step.Update(step.Gradient).ToArray(), scores = new float[10], values = learner.Values.ToArray();
        Assert.True(step.Score(method, ConflictCriterion.LossChange, 6, 10, step.Gradient, scores));
        double[] Losses(double scale) => ReferenceContrast.Evaluate(
            Features(learner, x, values.Zip(direction, (v, d) => (float)(v + (scale * d))).ToArray()), y, 0.4, new double[16]).Losses;
        double epsilon = method == LossChangeMethod.Taylor ? 0.02 : 1;
        double[] above = Losses(epsilon), below = Losses(method == LossChangeMethod.Taylor ? -epsilon : 0);
        double most = scores.Max(Math.Abs);
        Assert.True(most > 0);
        for (int i = 0; i < 10; i++)
            Assert.Equal((above[6 + i] - below[6 + i]) / (method == LossChangeMethod.Taylor ? 2 * epsilon : 1), scores[i], 0.01 * most);
        Assert.Equal(values, learner.Values.ToArray());
    }

    [Fact]
    public void A_sample_belongs_to_the_class_whose_mean_feature_in_the_memory_is_nearest()
    {
        using var learner = new Learner(Toy.Options(Strategy()));
        var logits = new float[16 * Toy.Classes];
        (float[] x, int[] y) = Rows(40, 16);
        learner.Predict(x, 16, logits); // with nothing in the memory the head predicts
        Assert.DoesNotContain(logits, v => v < -1e20f);
        (float[] seen, int[] labels) = Rows(0, 12);
        for (int i = 0; i < 12; i++)
            labels[i] %= 3; // class 3 is never seen
        for (int step = 0; step < 10; step++)
            learner.Observe(new Batch(seen, labels));
        learner.Predict(x, 16, logits);
        var memory = (ReplayBuffer)learner.Replay!;
        var means = new double[3 * 16];
        for (int slot = 0; slot < memory.Store.Count; slot++)
        {
            var row = new float[Toy.Features];
            memory.Store.Read(slot, row);
            double[] z = Unit(Features(learner, row, learner.Values.AsSpan()));
            for (int k = 0; k < 16; k++)
                means[(memory.Store.Labels[slot] * 16) + k] += z[k];
        }

        for (int i = 0; i < 16; i++)
        {
            double[] z = Unit(Features(learner, x[(i * Toy.Features)..((i + 1) * Toy.Features)], learner.Values.AsSpan()));
            for (int c = 0; c < 3; c++)
            {
                double[] mean = Unit(means[(c * 16)..((c + 1) * 16)]);
                Assert.Equal(z.Zip(mean, (a, b) => a * b).Sum() / 0.4, logits[(i * Toy.Classes) + c], 1e-4);
            }

            Assert.True(logits[(i * Toy.Classes) + 3] < -1e20f);
        }

        // means follow the network, also where somebody else writes to it
        learner.Values.AsSpan()[..50].Clear();
        var moved = new float[logits.Length];
        learner.Predict(x, 16, moved);
        Assert.NotEqual(logits, moved);
    }

    [Fact]
    public void Two_tasks_are_learned_by_contrast_alone()
    {
        using var learner = new Learner(Toy.Options(Strategy()));
        Toy.Train(learner, Toy.Task(0, 80, classes: 2), 60);
        learner.EndTask();
        Toy.Train(learner, Toy.Task(0, 80, classes: 2, firstClass: 2), 60);
        learner.EndTask();
        Assert.True(learner.Evaluate(Toy.Task(0, 80, seed: 9, classes: 2)).ClassIncremental > 0.9);
        Assert.True(learner.Evaluate(Toy.Task(0, 80, seed: 9, classes: 2, firstClass: 2)).ClassIncremental > 0.9);
    }

    [Fact]
    public void Settings_that_do_not_fit_the_loss_are_named()
    {
        Assert.Contains("between samples", string.Join("; ", (Strategy() with { Scoring = LossChangeMethod.LastLayer }).Problems()));
        Assert.Contains("strategy.temperature must be above 0", string.Join("; ", (Strategy() with { Temperature = 0 }).Problems()));
        Assert.Contains("cosineHead.temperature", string.Join("; ", new PcrOptions { Temperature = 0.1 }.Problems()));
        Assert.Contains("not \"multi-head\"", string.Join("; ", (Toy.Options(Strategy()) with { Head = HeadPolicy.MultiHead, OutputsPerTask = 2 }).Problems()));
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("resnet18")]
    [InlineData("mixer")]
    [InlineData("vit")]
    [InlineData("small-cnn")]
    [InlineData("mgem-cnn")]
    [InlineData("alexnet")]
    public void Features_are_what_the_head_reads(string kind)
    {
        var image = new ImageShape(3, 32, 32);
        Model model = kind switch
        {
            "mlp" => new Mlp(new MlpOptions { Input = image, Hidden = [9, 7], Outputs = 5 }),
            "resnet18" => new ResNet18(new ResNet18Options { Input = image, Width = 4, Outputs = 5, CosineHead = new() }),
            "mixer" => new Mixer(new MixerOptions { Input = image, Outputs = 5 }),
            "vit" => new VisionTransformer(new VisionTransformerOptions { Input = image, Outputs = 5 }),
            "small-cnn" => new SmallCnn(new SmallCnnOptions { Input = image, Outputs = 5 }),
            "mgem-cnn" => new MGemCnn(new MGemCnnOptions { Input = image, Outputs = 5 }),
            _ => new AlexNet(new AlexNetOptions { Input = image, Outputs = 5 }),
        };
        using Tensor values = model.CreateValues(Device.Host, 3), state = model.CreateState(Device.Host), x = Tensor.Uninitialized(Device.Host, 2, model.Inputs);
        Device.Host.FillUniform(RandomStream.For(1, "features", 0), x.View, 0, 1);
        using var tape = new Tape(Device.Host);
        tape.BeginNoGrad(model.Parameters, values);
        tape.Attach(model.State, state, training: false, default);
        float[] logits = model.Forward(tape.Constant(x)).Value.ToArray();
        tape.BeginNoGrad(model.Parameters, values);
        tape.Attach(model.State, state, training: false, default);
        Tensor features = model.Features(tape.Constant(x)).Value;
        Parameter head = model.Parameters.Last(parameter => parameter.Layout.Rank > 1);
        Parameter? bias = model.Parameters.LastOrDefault(parameter => parameter.Name == head.Name.Replace("weight", "bias", StringComparison.Ordinal));
        float[] weight = head.Of(values).ToArray(), z = features.ToArray(), b = bias?.Of(values).ToArray() ?? new float[5];
        int d = features.Size(1);
        Assert.Equal(5 * d, weight.Length);
        for (int i = 0; i < 2; i++)
        {
            double[] row = [.. z[(i * d)..((i + 1) * d)].Select(v => (double)v)];
            for (int c = 0; c < 5; c++)
            {
                double[] w = [.. weight[(c * d)..((c + 1) * d)].Select(v => (double)v)];
                double expected = kind == "resnet18" ? Unit(row).Zip(Unit(w), (p, q) => p * q).Sum() / 0.09 : row.Zip(w, (p, q) => p * q).Sum() + b[c];
                Assert.Equal(expected, logits[(i * 5) + c], 1e-3 * (1 + Math.Abs(expected)));
            }
        }
    }

    /// <summary>A strategy whose step the test can work with.</summary>
    private sealed record Watched : StrategyOptions
    {
        public required StrategyOptions Inner { get; init; }

        public TrainingStep? Step { get; private set; }

        public override IStrategy Create(TrainingStep step) => Inner.Create(Step = step);
    }

    private static double[] Unit(double[] v)
    {
        double length = Math.Sqrt(v.Sum(a => a * a));
        return [.. v.Select(a => a / Math.Max(length, 1e-12))];
    }
}
