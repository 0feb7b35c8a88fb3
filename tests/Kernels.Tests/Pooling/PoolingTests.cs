using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

public sealed unsafe class PoolingTests
{
    private static readonly Device TwoThreads = Device.Cpu(2);
    private static readonly PoolKind[] Kinds = [PoolKind.Max, PoolKind.Average, PoolKind.AverageWithPadding];

    private static Gen<Case> Windowed =>
        from batch in Gen.Choose(1, 3)
        from channels in Gen.Choose(1, 4)
        from height in Gen.Choose(1, Tiny.Of(40, 9))
        from width in Gen.Choose(1, Tiny.Of(40, 9))
        from kernelHeight in Gen.Choose(1, 4)
        from kernelWidth in Gen.Choose(1, 4)
        from strideHeight in Gen.Choose(1, 3)
        from strideWidth in Gen.Choose(1, 3)
        from paddingHeight in Gen.Choose(0, kernelHeight / 2)
        from paddingWidth in Gen.Choose(0, kernelWidth / 2)
        let geometry = new PoolGeometry(kernelHeight, kernelWidth, strideHeight, strideWidth, paddingHeight, paddingWidth)
        where geometry.OutputHeight(height) > 0 && geometry.OutputWidth(width) > 0
        from kind in Gen.Elements(Kinds)
        from accumulate in Gen.Elements(true, false)
        select new Case(batch, channels, height, width, geometry, geometry.OutputHeight(height), geometry.OutputWidth(width), kind, accumulate);

    private static Gen<Case> Adaptive =>
        from batch in Gen.Choose(1, 3)
        from channels in Gen.Choose(1, 4)
        from height in Gen.Choose(1, 20)
        from width in Gen.Choose(1, 20)
        from outputHeight in Gen.Choose(1, 8)
        from outputWidth in Gen.Choose(1, 8)
        from kind in Gen.Elements(Kinds)
        from accumulate in Gen.Elements(true, false)
        select new Case(batch, channels, height, width, null, outputHeight, outputWidth, kind, accumulate);

    [Fact]
    public void Windows_agree_with_the_twin_forward_and_backward_and_do_not_depend_on_threads() =>
        Prop.ForAll(Arb.From(Windowed), Check).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(200, 15)));

    [Fact]
    public void Adaptive_windows_agree_with_the_twin_forward_and_backward_and_do_not_depend_on_threads() =>
        Prop.ForAll(Arb.From(Adaptive), Check).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(200, 15)));

    [Theory]
    [InlineData(2, 2, 0)]
    [InlineData(3, 2, 1)]
    [InlineData(2, 1, 0)]
    public void Tiled_and_overlapping_squares_of_odd_images_agree_with_the_twin(int kernel, int stride, int padding)
    {
        foreach (var kind in Kinds)
        {
            var geometry = PoolGeometry.Square(kernel, stride, padding);
            int height = Tiny.Of(21, 5), width = Tiny.Of(34, 7);
            Check(new Case(2, 3, height, width, geometry, geometry.OutputHeight(height), geometry.OutputWidth(width), kind, false));
        }
    }

    [Fact]
    public void Every_lane_width_gives_the_same_bits()
    {
        foreach (var kind in Kinds)
        {
            foreach (var (rows, columns) in new[]
            {
                (new PoolAxis(9, 4, 3, 2, 1), new PoolAxis(35, 18, 2, 2, 1)),
                (PoolAxis.Adaptive(9, 1), PoolAxis.Adaptive(35, 1)),
                (PoolAxis.Adaptive(9, 4), PoolAxis.Adaptive(35, 17)),
            })
            {
                using var x = new GuardedFloats(Sample.Numbers(9 * 35, 1), 1);
                float[]? first = null;
                foreach (var width in Sample.Widths)
                {
                    using var y = new GuardedFloats(rows.Output * columns.Output, 3);
                    using var scratch = new GuardedFloats(35);
                    PlanePool.Run(kind, rows, columns, x, y, scratch, width);
                    y.AssertGuards("pool");
                    scratch.AssertGuards("pool scratch");
                    using var dx = new GuardedFloats(9 * 35, 2);
                    using var wide = new GuardedFloats(PlanePoolBackward.Scratch(columns));
                    PlanePoolBackward.Run(kind, rows, columns, y, x, dx, false, wide, width);
                    dx.AssertGuards("pool backward");
                    wide.AssertGuards("pool backward scratch");
                    float[] all = [.. y.Span, .. dx.Span];
                    first ??= all;
                    FloatBits.AssertSame(first, all, $"{kind}, width {width}");
                }
            }
        }
    }

    [Fact]
    public void The_first_of_equal_maxima_gets_the_gradient_and_a_NaN_wins()
    {
        // windows of 2x2 side by side take a path of their own; 2x3 windows the general one
        float[] x =
        [
            1f, 3f, 5f, 5f, float.NaN, 9f,
            3f, 3f, 5f, 5f, 9f, float.NaN,
        ];
        float[] y = new float[3], dx = new float[12];
        var squares = PoolGeometry.Square(2);
        Device.Host.Pool(PoolKind.Max, squares, Operand.Of(x, 1, 1, 2, 6), Operand.Of(y, 1, 1, 1, 3));
        FloatBits.AssertSame([3f, 5f, float.NaN], y, "maxima");
        Device.Host.PoolBackward(PoolKind.Max, squares, Operand.Of([1f, 2f, 3f], 1, 1, 1, 3), Operand.Of(x, 1, 1, 2, 6), Operand.Of(dx, 1, 1, 2, 6), false);
        Assert.Equal([0f, 1f, 2f, 0f, 3f, 0f, 0f, 0f, 0f, 0f, 0f, 0f], dx);
        var wide = new PoolGeometry(2, 3, 2, 3, 0, 0);
        float[] dx2 = new float[12];
        Device.Host.PoolBackward(PoolKind.Max, wide, Operand.Of([1f, 2f], 1, 1, 1, 2), Operand.Of(x, 1, 1, 2, 6), Operand.Of(dx2, 1, 1, 2, 6), false);
        Assert.Equal([0f, 0f, 1f, 0f, 2f, 0f, 0f, 0f, 0f, 0f, 0f, 0f], dx2);
    }

    [Fact]
    public void Padding_is_never_the_maximum_and_counts_in_a_mean_only_when_asked()
    {
        float[] x = [-4f, -2f, -8f, -6f], y = new float[4];
        var geometry = PoolGeometry.Square(2, 2, 1);
        Device.Host.Pool(PoolKind.Max, geometry, Operand.Of(x, 1, 1, 2, 2), Operand.Of(y, 1, 1, 2, 2));
        Assert.Equal([-4f, -2f, -8f, -6f], y);
        Device.Host.Pool(PoolKind.AverageWithPadding, geometry, Operand.Of(x, 1, 1, 2, 2), Operand.Of(y, 1, 1, 2, 2));
        Assert.Equal([-1f, -0.5f, -2f, -1.5f], y);
        Device.Host.Pool(PoolKind.Average, geometry, Operand.Of(x, 1, 1, 2, 2), Operand.Of(y, 1, 1, 2, 2));
        Assert.Equal(x, y);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_named()
    {
        View x = Operand.Of(new float[2 * 3 * 5 * 7], 2, 3, 5, 7), y = Operand.Of(new float[2 * 3 * 2 * 2], 2, 3, 2, 2);
        Assert.Contains("makes 2x3 windows of x [2, 3, 5, 7]", Assert.Throws<ArgumentException>(() => Device.Host.Pool(PoolKind.Max, PoolGeometry.Square(2), x, y)).Message);
        Assert.Contains("half the window", Assert.Throws<ArgumentException>(() => Device.Host.Pool(PoolKind.Max, PoolGeometry.Square(2, 2, 2), x, y)).Message);
        Assert.Contains("[batch, channels, height, width]", Assert.Throws<ArgumentException>(
            () => Device.Host.Pool(PoolKind.Max, null, Operand.Of(new float[4], 2, 2), y)).Message);
    }

    private static void Check(Case c)
    {
        int planes = c.Batch * c.Channels, input = c.Height * c.Width, output = c.OutputHeight * c.OutputWidth;
        // few different values, so that maxima tie
        float[] x = Array.ConvertAll(Sample.Numbers(planes * input, c.GetHashCode() & 0xFFFF), value => c.Kind == PoolKind.Max ? MathF.Round(value) : value);
        float[] dy = Sample.Numbers(planes * output, 3, 1f);
        var (y, dx) = Run(Device.Host, c, x, dy);
        var (y2, dx2) = Run(TwoThreads, c, x, dy);
        Assert.Equal(y, y2);
        Assert.Equal(dx, dx2);
        for (int p = 0; p < planes; p++)
        {
            float[] plane = x[(p * input)..((p + 1) * input)];
            double[] expected = new double[output], gradient = new double[input];
            Array.Fill(gradient, c.Accumulate ? 1.0 : 0.0);
            for (int o = 0; o < output; o++)
            {
                int?[] places = [.. ReferencePooling.Places(c.Geometry, c.Height, c.Width, c.OutputHeight, c.OutputWidth, o / c.OutputWidth, o % c.OutputWidth)];
                expected[o] = ReferencePooling.Forward(c.Kind, plane, places);
                ReferencePooling.Backward(c.Kind, dy[(p * output) + o], plane, places, gradient);
            }

            Operand.AssertClose(expected, y[(p * output)..((p + 1) * output)], 1e-6, $"{c} y");
            Operand.AssertClose(gradient, dx[(p * input)..((p + 1) * input)], 2e-6, $"{c} dx");
        }
    }

    private static (float[] Y, float[] Dx) Run(Device device, Case c, float[] x, float[] dy)
    {
        float[] y = new float[dy.Length], dx = new float[x.Length];
        Array.Fill(dx, 1f);
        View input = Operand.Of(x, c.Batch, c.Channels, c.Height, c.Width);
        device.Pool(c.Kind, c.Geometry, input, Operand.Of(y, c.Batch, c.Channels, c.OutputHeight, c.OutputWidth));
        device.PoolBackward(c.Kind, c.Geometry, Operand.Of(dy, c.Batch, c.Channels, c.OutputHeight, c.OutputWidth), input,
            Operand.Of(dx, c.Batch, c.Channels, c.Height, c.Width), c.Accumulate);
        return (y, dx);
    }

    private sealed record Case(
        int Batch, int Channels, int Height, int Width, PoolGeometry? Geometry, int OutputHeight, int OutputWidth, PoolKind Kind, bool Accumulate);
}
