using Engram.Kernels.Cpu.Reference;
using FsCheck;
using FsCheck.Fluent;
using RowBackward = Engram.Kernels.Cpu.LayerNormalizationBackward;
using RowNormalization = Engram.Kernels.Cpu.LayerNormalization;

namespace Engram.Kernels.Tests;

public sealed unsafe class LayerNormalizationTests
{
    private const float Epsilon = 1e-3f;
    private static readonly Device TwoThreads = Device.Cpu(2);

    [Fact]
    public void Every_lane_width_gives_the_same_bits_and_stays_in_its_range()
    {
        foreach (int features in Tiny.On ? [1, 5, 17] : new[] { 1, 2, 4, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 128, 131, 4096, 4128 })
        {
            const int Rows = 6;
            int count = Rows * features;
            float[]? first = null;
            foreach (var width in Sample.Widths)
            {
                using var x = new GuardedFloats(Sample.Numbers(count, 1), 1);
                using var gain = new GuardedFloats(Sample.Numbers(features, 2), 2);
                using var bias = new GuardedFloats(Sample.Numbers(features, 3), 3);
                using var mean = new GuardedFloats(Rows);
                using var deviation = new GuardedFloats(Rows);
                using var y = new GuardedFloats(count, 5);
                RowNormalization.Run(x, Rows, features, gain, bias, Epsilon, mean, deviation, y, width);
                using var dy = new GuardedFloats(Sample.Numbers(count, 4));
                using var dx = new GuardedFloats(Sample.Numbers(count, 5), 7);
                using var parts = new GuardedFloats(new float[2 * features], 1);
                RowBackward.Run(dy, x, Rows, features, gain, mean, deviation, dx, features % 2 == 0, parts, parts.Pointer + features, width);
                y.AssertGuards("layer normalization");
                dx.AssertGuards("layer normalization backward");
                parts.AssertGuards("layer normalization backward");
                RowBackward.Run(dy, x, Rows, features, gain, mean, deviation, dy, false, null, null, width);
                float[] all = [.. y.Span, .. dx.Span, .. parts.Span, .. dy.Span];
                first ??= all;
                FloatBits.AssertSame(first, all, $"{features} features, width {width}");
            }
        }
    }

    [Fact]
    public void Forward_and_backward_agree_with_the_twin_and_do_not_depend_on_threads()
    {
        var cases =
            from rows in Gen.Choose(1, Tiny.Of(300, 5))
            from features in Gen.Choose(2, Tiny.Of(200, 20))
            from accumulate in Gen.Elements(true, false)
            select (rows, features, accumulate);
        Prop.ForAll(Arb.From(cases), c =>
        {
            float[] one = Run(Device.Host, c.rows, c.features, c.accumulate, out Operands at), two = Run(TwoThreads, c.rows, c.features, c.accumulate, out _);
            Assert.Equal(one, two);
            double start = c.accumulate ? 1 : 0;
            double[] gain = Operand.Doubles(at.Gain), bias = Operand.Doubles(at.Bias), dGain = new double[c.features], dBias = new double[c.features];
            for (int r = 0; r < c.rows; r++)
            {
                var row = new Range(r * c.features, (r + 1) * c.features);
                double[] x = Operand.Doubles(at.X[row]), g = Operand.Doubles(at.Dy[row]);
                var (mean, variance) = ReferenceNormalization.Moments(x);
                Operand.AssertClose(ReferenceNormalization.Forward(x, mean, variance, Epsilon, gain, bias, null, false), at.Y[row], 1e-5, $"{c} y");
                double[] dx = ReferenceNormalization.Backward(g, x, mean, variance, Epsilon, gain, true);
                Operand.AssertClose([.. dx.Select(value => value + start)], at.Dx[row], 5e-4, $"{c} dx");
                for (int i = 0; i < c.features; i++)
                {
                    dGain[i] += g[i] * (x[i] - mean) / Math.Sqrt(variance + Epsilon);
                    dBias[i] += g[i];
                }
            }

            Operand.AssertClose([.. dGain.Select(value => value + start)], at.DGain, 1e-4, $"{c} dgain");
            Operand.AssertClose([.. dBias.Select(value => value + start)], at.DBias, 1e-4, $"{c} dbias");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 6)));
    }

    [Fact]
    public void A_single_feature_becomes_the_bias()
    {
        float[] y = new float[3];
        Device.Host.LayerNormalization(Operand.Of([5f, -7f, 1e20f], 3, 1), Operand.Of([2f], 1), Operand.Of([0.5f], 1), 1e-5f,
            Operand.Of(new float[3], 3), Operand.Of(new float[3], 3), Operand.Of(y, 3, 1));
        Assert.Equal([0.5f, 0.5f, 0.5f], y);
    }

    // torch.nn.LayerNorm(3), weight [1.5, 0.5, -1], bias [0.1, -0.2, 0.3], x = arange(6).reshape(2, 3)² / 10, backward of the sum of y·arange(6): PyTorch 1.13
    [Fact]
    public void Small_values_are_PyTorchs()
    {
        float[] y = new float[6], dx = new float[6], dGain = new float[3], dBias = new float[3];
        View x = Operand.Of([0f, 0.1f, 0.4f, 0.9f, 1.6f, 2.5f], 2, 3), gain = Operand.Of([1.5f, 0.5f, -1f], 3);
        View mean = Operand.Of(new float[2], 2), deviation = Operand.Of(new float[2], 2);
        Device.Host.LayerNormalization(x, gain, Operand.Of([0.1f, -0.2f, 0.3f], 3), 1e-5f, mean, deviation, Operand.Of(y, 2, 3));
        Device.Host.LayerNormalizationBackward(Operand.Of([0f, 1f, 2f, 3f, 4f, 5f], 2, 3), x, gain, mean, deviation,
            new(Operand.Of(dx, 2, 3), false), new(Operand.Of(dGain, 3), false), new(Operand.Of(dBias, 3), false));
        Operand.AssertClose(GoldenY, y, 2e-6, "y");
        Operand.AssertClose(GoldenDx, dx, 5e-6, "dx");
        Operand.AssertClose(GoldenDGain, dGain, 2e-6, "dgain");
        Operand.AssertClose(GoldenDBias, dBias, 1e-6, "dbias");
    }

    private static readonly double[] GoldenY = [-1.37061644, -0.396082222, -1.07257533, -1.65598309, -0.250898004, -0.972451627];
    private static readonly double[] GoldenDx = [-2.713027, 3.62076187, -0.907734513, -0.943294525, 1.67727852, -0.733980179];
    private static readonly double[] GoldenDGain = [-3.51196623, -0.799348295, 9.10740852];
    private static readonly double[] GoldenDBias = [3, 5, 7];

    private static float[] Run(Device device, int rows, int features, bool accumulate, out Operands at)
    {
        int count = rows * features, seed = (rows * 1000) + features;
        at = new Operands(
            Sample.Numbers(count, seed), Sample.Numbers(count, seed + 1, 1f), Sample.Numbers(features, seed + 2, 2f), Sample.Numbers(features, seed + 3),
            new float[count], Ones(count), Ones(features), Ones(features));
        View x = Operand.Of(at.X, rows, features), gain = Operand.Of(at.Gain, features);
        View mean = Operand.Of(new float[rows], rows), deviation = Operand.Of(new float[rows], rows);
        device.LayerNormalization(x, gain, Operand.Of(at.Bias, features), Epsilon, mean, deviation, Operand.Of(at.Y, rows, features));
        device.LayerNormalizationBackward(Operand.Of(at.Dy, rows, features), x, gain, mean, deviation,
            new(Operand.Of(at.Dx, rows, features), accumulate), new(Operand.Of(at.DGain, features), accumulate), new(Operand.Of(at.DBias, features), accumulate));
        return [.. at.Y, .. at.Dx, .. at.DGain, .. at.DBias];
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1f);
        return ones;
    }

    private sealed record Operands(float[] X, float[] Dy, float[] Gain, float[] Bias, float[] Y, float[] Dx, float[] DGain, float[] DBias);
}
