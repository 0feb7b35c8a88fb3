using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

public sealed unsafe class MomentsTests
{
    [Fact]
    public void Every_lane_width_gives_the_same_bits_and_agrees_with_the_twin()
    {
        var shapes =
            from rows in Gen.Choose(1, Tiny.Of(9, 3))
            from columns in Gen.OneOf(Gen.Choose(1, 70), Gen.Choose(1, Tiny.Of(5000, 40)))
            from gap in Gen.Choose(0, 5)
            from mean in Gen.Elements(0f, 3f, -1000f)
            select (rows, columns, gap, mean);
        Prop.ForAll(Arb.From(shapes), shape =>
        {
            int stride = shape.columns + shape.gap;
            float[] numbers = Array.ConvertAll(Sample.Numbers(shape.rows * stride, shape.columns), value => value + shape.mean);
            using var x = new GuardedFloats(numbers, 3);
            (double Mean, double Variance)? first = null;
            foreach (var width in Sample.Widths)
            {
                var moments = Moments.Run(x, shape.rows, stride, shape.columns, width);
                first ??= moments;
                Assert.Equal(first, moments);
            }

            var values = new List<double>();
            for (int r = 0; r < shape.rows; r++)
            {
                values.AddRange(Operand.Doubles(numbers.AsSpan(r * stride, shape.columns).ToArray()));
            }

            var (mean, variance) = ReferenceNormalization.Moments(values);
            Assert.Equal(mean, first!.Value.Mean, 1e-6);
            Assert.Equal(variance, first.Value.Variance, 1e-5 * (1e-3 + variance));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(100, 10)));
    }

    [Fact]
    public void A_mean_far_from_zero_costs_the_variance_no_digits()
    {
        // multiples of 1/64 around 4096: every number is exact, and Σx² in single precision would lose the variance altogether
        float[] numbers = [.. Enumerable.Range(0, 1000).Select(i => 4096 + ((i % 7) / 64f))];
        using var x = new GuardedFloats(numbers);
        var (mean, variance) = ReferenceNormalization.Moments(Operand.Doubles(numbers));
        var actual = Moments.Run(x, 1, 0, numbers.Length);
        Assert.Equal(mean, actual.Mean, 1e-6);
        Assert.Equal(variance, actual.Variance, 1e-6 * variance);
    }

    [Fact]
    public void Equal_numbers_have_no_variance_and_a_NaN_spoils_both()
    {
        using var equal = new GuardedFloats([.. Enumerable.Repeat(0.1f, 37)]);
        Assert.Equal((0.1f, 0.0), ((float)Moments.Run(equal, 1, 0, 37).Mean, Moments.Run(equal, 1, 0, 37).Variance));
        equal.Span[36] = float.NaN;
        var spoiled = Moments.Run(equal, 1, 0, 37);
        Assert.True(double.IsNaN(spoiled.Mean) && double.IsNaN(spoiled.Variance));
    }
}
