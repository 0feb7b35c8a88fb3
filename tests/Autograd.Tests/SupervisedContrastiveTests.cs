using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Autograd.Tests;

public class SupervisedContrastiveTests
{
    private static readonly Device Cpu = Device.Host;

    private static (float[] Features, int[] Labels) Rows(int n, int d, int classes, ulong seed)
    {
        using Tensor x = Tensor.Uninitialized(Cpu, n, d);
        Cpu.FillNormal(RandomStream.For(seed, "contrast", 0), x.View, 0.2f, 1f);
        var draws = new RandomCursor(RandomStream.For(seed, "contrast", 1));
        var labels = new int[n];
        for (int i = 0; i < n; i++)
            labels[i] = draws.NextInt32(classes);
        return (x.ToArray(), labels);
    }

    private static (float[] Losses, float[] Gradient) Engine(float[] features, int[] labels, float temperature)
    {
        int n = labels.Length;
        using var partners = new ContrastPartners(Cpu);
        using var tape = new Tape(Cpu);
        using Tensor x = Tensor.From(Cpu, features, n, features.Length / n);
        partners.Set(labels);
        tape.Begin();
        Variable leaf = tape.Leaf(x);
        Variable losses = SupervisedContrastive.PerAnchor(leaf, partners, temperature);
        float[] values = losses.Value.ToArray();
        tape.Backward(Reduce.Sum(losses));
        return (values, leaf.Gradient.ToArray());
    }

    private static Gen<(int N, int D, int Classes, int Seed)> Sizes() =>
        from n in Gen.Choose(1, 24)
        from d in Gen.Choose(1, 19)
        from classes in Gen.Choose(1, 6)
        from seed in Gen.Choose(0, 1 << 20)
        select (n, d, classes, seed);

    [Fact]
    public void Losses_and_gradients_are_those_of_the_double_precision_twin()
    {
        // features of one number, one of them tiny: all of the gradient is rounding error over its length
        Assert.True(Rows(19, 1, 2, 234147).Features.Min(Math.Abs) < 0.02);
        Assert.True(IsTwin((19, 1, 2, 234147)));
        Prop.ForAll(Arb.From(Sizes()), IsTwin).QuickCheckThrowOnFailure();
    }

    private static bool IsTwin((int N, int D, int Classes, int Seed) size)
    {
        (float[] features, int[] labels) = Rows(size.N, size.D, size.Classes, (ulong)size.Seed);
        foreach (float temperature in (float[])[0.09f, 0.7f])
        {
            (float[] losses, float[] gradient) = Engine(features, labels, temperature);
            (double[] exact, double[] slope) = ReferenceContrast.Evaluate(Array.ConvertAll(features, v => (double)v), labels, temperature, [.. Enumerable.Repeat(1.0, size.N)]);
            double scale = 1 + slope.Max(Math.Abs);
            for (int i = 0; i < losses.Length; i++)
            {
                if (Math.Abs(losses[i] - exact[i]) > 2e-5 * (1 + exact[i]))
                    return false;
            }

            for (int k = 0; k < gradient.Length; k++)
            {
                // by the direction of a feature the gradient is of the order of n/τ, and bringing features to length 1 divides it by theirs
                double length = Math.Sqrt(features.AsSpan(k / size.D * size.D, size.D).ToArray().Sum(v => (double)v * v));
                if (Math.Abs(gradient[k] - slope[k]) > 2e-4 * scale + 2e-7 * size.N / temperature / length)
                    return false;
            }
        }

        return true;
    }

    [Fact]
    public void The_twins_gradient_is_the_difference_of_its_losses()
    {
        (float[] features, int[] labels) = Rows(7, 4, 3, 5);
        double[] x = Array.ConvertAll(features, v => (double)v), weights = [1, 0.5, 2, 0, 1, 1, -1];
        (_, double[] gradient) = ReferenceContrast.Evaluate(x, labels, 0.3, weights);
        for (int k = 0; k < x.Length; k++)
        {
            double Sum(double step)
            {
                double[] moved = [.. x];
                moved[k] += step;
                return ReferenceContrast.Evaluate(moved, labels, 0.3, weights).Losses.Zip(weights, (loss, weight) => loss * weight).Sum();
            }

            Assert.Equal((Sum(1e-5) - Sum(-1e-5)) / 2e-5, gradient[k], 1e-6);
        }
    }

    [Fact]
    public void The_order_of_the_rows_and_the_lengths_of_their_features_do_not_count() => Prop.ForAll(Arb.From(Sizes()), size =>
    {
        (float[] features, int[] labels) = Rows(size.N, size.D, size.Classes, (ulong)size.Seed);
        (float[] losses, _) = Engine(features, labels, 0.2f);
        int[] order = [.. Enumerable.Range(0, size.N).Reverse()];
        float[] turned = [.. order.SelectMany(i => features[(i * size.D)..((i + 1) * size.D)].Select(v => v * (1 + i)))];
        (float[] again, _) = Engine(turned, [.. order.Select(i => labels[i])], 0.2f);
        return order.Select((i, place) => Math.Abs(losses[i] - again[place]) <= 1e-4 * (1 + losses[i])).All(same => same);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_row_without_partners_has_no_loss_and_is_still_pushed_away()
    {
        float[] features = [1f, 0.2f, 0.9f, 0.1f, 0.8f, 0.3f];
        (float[] losses, float[] gradient) = Engine(features, [0, 0, 1], 0.5f);
        Assert.True(losses[0] > 0 && losses[1] > 0);
        Assert.Equal(0f, losses[2]);
        Assert.Contains(gradient[4..], v => v != 0);
        (losses, gradient) = Engine(features, [0, 1, 2], 0.5f);
        Assert.All(losses, loss => Assert.Equal(0f, loss));
        Assert.All(gradient, slope => Assert.Equal(0f, slope));
    }

    [Fact]
    public void Rows_that_the_partners_were_not_set_for_are_refused()
    {
        using var partners = new ContrastPartners(Cpu);
        using var tape = new Tape(Cpu);
        using Tensor x = Tensor.Zeros(Cpu, 3, 2);
        partners.Set([0, 0]);
        Assert.Equal(2, partners.Anchors);
        tape.Begin();
        Assert.Contains("[2, d]", Assert.Throws<ArgumentException>(() => SupervisedContrastive.Apply(tape.Constant(x), partners, 1f)).Message);
        Assert.Throws<ArgumentException>(() => partners.Set([]));
    }
}
