using Engram.Autograd;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class LossChangeTests
{
    private static readonly Device Cpu = Device.Host;

    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["mlp"] = new MlpOptions { Hidden = [33, 17] },
        ["mlp tanh"] = new MlpOptions { Hidden = [33, 17], Activation = Activation.Tanh },
        ["mlp tanh cosine"] = new MlpOptions { Hidden = [33, 17], Activation = Activation.Tanh, CosineHead = new CosineHeadOptions { Temperature = 0.5 } },
        ["mixer"] = new MixerOptions { Patch = 4, Width = 12, Depth = 2, TokenHidden = 9, ChannelHidden = 14 },
        ["resnet18"] = new ResNet18Options { Width = 4 },
        ["vit"] = new VisionTransformerOptions { Patch = 4, Width = 12, Depth = 2, Heads = 2, MlpHidden = 9 },
        ["mgem-cnn"] = new MGemCnnOptions { Channels = [3, 4] },
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void One_pass_scores_every_sample_as_its_own_gradient_does(string name)
    {
        using var set = new Samples(name, 14);
        using var scorer = new LossChangeScorer(set.Model, Cpu);
        var fast = new float[14];
        double[] slow = new double[14], norms = new double[14];
        scorer.Changes(set.Scored, set.Values, set.Direction, fast);
        scorer.ChangesBySample(set.Scored, set.Values, set.Direction, slow, norms);
        double length = Math.Sqrt(Cpu.Dot(set.Direction.View, set.Direction.View));
        for (int i = 0; i < fast.Length; i++)
            Assert.True(Math.Abs(fast[i] - slow[i]) <= 1e-3 * Math.Abs(slow[i]) + 2e-6 * norms[i] * length, $"{name}, sample {i}: {fast[i]} in one pass, {slow[i]} by its gradient ({norms[i] * length} at most)");
        Assert.True(fast.Max() > 0 && fast.Min() < 0);
    }

    [Theory]
    [InlineData("mixer")]
    [InlineData("vit")]
    [InlineData("mlp tanh")]
    [InlineData("mlp tanh cosine")]
    public void Scores_are_the_differences_of_the_loss_along_the_direction(string name)
    {
        using var set = new Samples(name, 9);
        using var scorer = new LossChangeScorer(set.Model, Cpu);
        float[] changes = new float[9], losses = new float[9];
        scorer.Changes(set.Scored, set.Values, set.Direction, changes);
        double[] numeric = new double[9];
        const float h = 1f / 64;
        foreach ((float step, double weight) in new[] { (h, 8.0), (-h, -8.0), (2 * h, -1.0), (-2 * h, 1.0) })
        {
            using Tensor moved = set.Values + (set.Direction * step);
            scorer.Losses(set.Scored, moved, losses);
            for (int i = 0; i < losses.Length; i++)
                numeric[i] += weight * losses[i] / (12 * h);
        }

        double scale = changes.Max(Math.Abs);
        for (int i = 0; i < changes.Length; i++)
            Assert.True(Math.Abs(changes[i] - numeric[i]) <= 1e-3 * scale, $"{name}, sample {i}: {changes[i]}, differences say {numeric[i]}");
    }

    [Fact]
    public void The_error_of_the_first_order_falls_with_the_square_of_the_step_and_the_ranks_become_those_of_the_virtual_step()
    {
        const int count = 40;
        using var set = new Samples("mlp tanh", count);
        using var scorer = new LossChangeScorer(set.Model, Cpu);
        var twin = new DoubleMlp(set);
        var changes = new float[count];
        double previousRank = -1;
        var ratios = new List<double>();
        foreach (double step in new[] { 1.0, 0.1, 0.01, 0.001 })
        {
            using Tensor direction = set.Direction * (float)step;
            scorer.Changes(set.Scored, set.Values, direction, changes);
            double[] exact = twin.Changes(step), first = Array.ConvertAll(changes, change => (double)change);
            ratios.Add(exact.Zip(first, (a, b) => Math.Abs(a - b)).Max() / (step * step));
            double rank = Spearman(exact, first);
            Assert.True(rank >= previousRank - 1e-3, $"step {step}: rank correlation {rank} after {previousRank}");
            previousRank = rank;
        }

        Assert.InRange(previousRank, 0.9999, 1);
        Assert.All(ratios, ratio => Assert.InRange(ratio, 0, 4 * ratios.Min() + 1));
    }

    [Fact]
    public void Scores_agree_with_a_double_precision_network_to_six_digits()
    {
        using var set = new Samples("mlp tanh", 12);
        using var scorer = new LossChangeScorer(set.Model, Cpu);
        var changes = new float[12];
        scorer.Changes(set.Scored, set.Values, set.Direction, changes);
        double[] plus = new DoubleMlp(set).Changes(1e-4), minus = new DoubleMlp(set).Changes(-1e-4);
        double scale = changes.Max(Math.Abs);
        for (int i = 0; i < changes.Length; i++)
            Assert.Equal((plus[i] - minus[i]) / 2e-4, changes[i], 2e-6 * scale);
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("resnet18")]
    [InlineData("vit")]
    public void The_last_layers_share_is_what_a_direction_gives_that_is_zero_elsewhere(string name)
    {
        using var set = new Samples(name, 6);
        using var scorer = new LossChangeScorer(set.Model, Cpu);
        int first = set.Model.Parameters.Count - 2;
        using Tensor head = set.Direction.Clone();
        head.AsSpan()[..set.Model.Parameters[first].Offset].Clear();
        float[] share = new float[6], whole = new float[6];
        scorer.Changes(set.Scored, set.Values, set.Direction, share, first);
        scorer.Changes(set.Scored, set.Values, head, whole);
        double scale = whole.Max(Math.Abs);
        for (int i = 0; i < share.Length; i++)
            Assert.Equal(whole[i], share[i], 1e-5 * scale);
    }

    [Fact]
    public void A_linear_model_has_the_closed_form_of_the_last_layer()
    {
        // ⟨∇ℓ, D⟩ = (p − onehot)ᵀ(D_W·x + D_b)
        var model = new Mlp(new MlpOptions { Input = new ImageShape(1, 3, 5), Hidden = [], Outputs = 4 });
        using var set = new Samples(model, 7);
        using var scorer = new LossChangeScorer(model, Cpu);
        var changes = new float[7];
        scorer.Changes(set.Scored, set.Values, set.Direction, changes);
        float[] w = set.Values.ToArray(), d = set.Direction.ToArray(), x = set.X.ToArray();
        for (int i = 0; i < 7; i++)
        {
            double[] z = new double[4], moved = new double[4];
            for (int c = 0; c < 4; c++)
            {
                z[c] = w[60 + c];
                moved[c] = d[60 + c];
                for (int k = 0; k < 15; k++)
                {
                    z[c] += (double)w[c * 15 + k] * x[i * 15 + k];
                    moved[c] += (double)d[c * 15 + k] * x[i * 15 + k];
                }
            }

            double sum = z.Sum(Math.Exp), expected = 0;
            for (int c = 0; c < 4; c++)
                expected += (Math.Exp(z[c]) / sum - (c == set.Labels[i] ? 1 : 0)) * moved[c];
            Assert.Equal(expected, changes[i], 1e-5 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Fact]
    public void Offsets_hide_classes_and_blocks_change_no_score()
    {
        using var set = new Samples("mlp", 600);
        using var scorer = new LossChangeScorer(set.Model, Cpu);
        Assert.InRange(scorer.BlockRows, 1, 599);
        using Tensor offsets = Tensor.Zeros(Cpu, 600, 5);
        for (int i = 0; i < 600; i++)
            offsets.AsSpan()[(i * 5) + ((set.Labels[i] + 1) % 5)] = -1e30f;
        var whole = new float[600];
        scorer.Changes(new ScoredSamples(set.X, set.Scored.Labels, default, offsets), set.Values, set.Direction, whole);
        foreach (int i in new[] { 0, 1, 511, 512, 599 })
        {
            var one = new float[1];
            scorer.Changes(new ScoredSamples(set.X.Slice(0, i, 1), set.Scored.Labels.Range(i, 1), default, offsets.Slice(0, i, 1)), set.Values, set.Direction, one);
            Assert.Equal(one[0], whole[i], 1e-5 * Math.Max(1, Math.Abs(one[0])));
        }
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("resnet18")]
    [InlineData("vit")]
    public void Scores_are_the_same_bits_on_any_number_of_threads(string name)
    {
        Device threads = Device.Cpu(3);
        using var set = new Samples(name, 20);
        using var one = new LossChangeScorer(set.Model, Cpu);
        using var three = new LossChangeScorer(set.Model, threads);
        using Tensor values = Tensor.From(threads, set.Values.ToArray(), set.Values.Count), direction = Tensor.From(threads, set.Direction.ToArray(), set.Direction.Count);
        using Tensor x = Tensor.From(threads, set.X.ToArray(), 20, set.Model.Inputs), state = set.State.IsEmpty ? default : Tensor.From(threads, set.State.ToArray(), set.State.Count);
        DeviceBuffer<int> labels = threads.Allocate<int>(20);
        threads.Upload<int>(set.Labels, labels, 0);
        float[] expected = new float[20], scores = new float[20];
        one.Changes(set.Scored, set.Values, set.Direction, expected);
        three.Changes(new ScoredSamples(x, IndexView.All(labels), state), values, direction, scores);
        Assert.Equal(expected, scores);
    }

    [Fact]
    public void A_direction_of_zero_is_an_error_that_says_so()
    {
        using var set = new Samples("mlp", 3);
        using var scorer = new LossChangeScorer(set.Model, Cpu);
        using Tensor zero = Tensor.Zeros(Cpu, set.Values.Count);
        var changes = new float[3];
        Assert.Contains("tells no sample from another", Assert.Throws<InvalidOperationException>(() => scorer.Changes(set.Scored, set.Values, zero, changes)).Message);
        Assert.Contains("room for as many", Assert.Throws<ArgumentException>(() => scorer.Changes(set.Scored, set.Values, set.Direction, new float[2])).Message);
    }

    private static double Spearman(double[] a, double[] b)
    {
        double[] ranksA = Ranks(a), ranksB = Ranks(b);
        double n = a.Length, squares = ranksA.Zip(ranksB, (x, y) => (x - y) * (x - y)).Sum();
        return 1 - (6 * squares / (n * (n * n - 1)));
    }

    private static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
        var ranks = new double[values.Length];
        for (int i = 0; i < order.Length; i++)
            ranks[order[i]] = i;
        return ranks;
    }

    private sealed class Samples : IDisposable
    {
        public Samples(string name, int count)
            : this((Networks[name] with { Input = new ImageShape(2, 8, 8), Outputs = 5 }).Create(), count)
        {
        }

        public Samples(Model model, int count)
        {
            Model = model;
            Values = model.CreateValues(Cpu, 3);
            State = model.CreateState(Cpu);
            Direction = Tensor.Uninitialized(Cpu, Values.Count);
            X = Tensor.Uninitialized(Cpu, count, model.Inputs);
            Cpu.FillNormal(RandomStream.For(5, "direction", 0), Direction.View, 0, 0.02f);
            Cpu.FillNormal(RandomStream.For(5, "x", 0), X.View, 0, 1);
            // running statistics and head biases that are not those of the first step
            for (int i = 0; i < (State.IsEmpty ? 0 : State.Count); i++)
                State.AsSpan()[i] = State.AsSpan()[i] * 1.3f + 0.1f * (i % 5);
            Labels = [.. Enumerable.Range(0, count).Select(i => i * 7 % model.Outputs)];
            DeviceBuffer<int> labels = Cpu.Allocate<int>(count);
            Cpu.Upload<int>(Labels, labels, 0);
            Scored = new ScoredSamples(X, IndexView.All(labels), State);
        }

        public Model Model { get; }

        public Tensor Values { get; }

        public Tensor State { get; }

        public Tensor Direction { get; }

        public Tensor X { get; }

        public int[] Labels { get; }

        public ScoredSamples Scored { get; }

        public void Dispose()
        {
            Values.Dispose();
            State.Dispose();
            Direction.Dispose();
            X.Dispose();
        }
    }

    /// <summary>The same tanh network in double precision, under any step along the direction.</summary>
    private sealed class DoubleMlp(Samples set)
    {
        public double[] Changes(double step)
        {
            double[] moved = Losses(step), at = Losses(0);
            return [.. moved.Zip(at, (a, b) => a - b)];
        }

        private double[] Losses(double step)
        {
            float[] values = set.Values.ToArray(), direction = set.Direction.ToArray(), x = set.X.ToArray();
            int inputs = set.Model.Inputs;
            var losses = new double[set.Labels.Length];
            for (int i = 0; i < losses.Length; i++)
            {
                double[] h = [.. x.Skip(i * inputs).Take(inputs).Select(value => (double)value)];
                int layers = set.Model.Parameters.Count / 2;
                for (int layer = 0; layer < layers; layer++)
                {
                    Parameter weight = set.Model.Parameters[2 * layer], bias = set.Model.Parameters[(2 * layer) + 1];
                    var y = new double[bias.Count];
                    for (int o = 0; o < y.Length; o++)
                    {
                        y[o] = At(bias.Offset + o);
                        for (int k = 0; k < h.Length; k++)
                            y[o] += At(weight.Offset + (o * h.Length) + k) * h[k];
                        if (layer < layers - 1)
                            y[o] = Math.Tanh(y[o]);
                    }

                    h = y;
                }

                double largest = h.Max();
                losses[i] = largest + Math.Log(h.Sum(z => Math.Exp(z - largest))) - h[set.Labels[i]];
            }

            return losses;

            double At(int index) => values[index] + (step * direction[index]);
        }
    }
}
