using Engram.Kernels.Cpu;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

/// <summary>Kernels over rows, channels and planes whose operands begin or end at the edge of mapped memory: one float too far stops the process.</summary>
public sealed unsafe class EdgeTests
{
    private static Gen<(int Rows, int Columns, int Gap, int Seed)> Blocks =>
        from rows in Gen.Choose(1, 6)
        from columns in Gen.Frequency((1, Gen.Constant(1)), (2, Gen.Choose(2, 15)), (2, Gen.Choose(16, Tiny.Of(140, 20))), (1, Gen.Choose(Tiny.Of(4000, 30), Tiny.Of(4200, 40))))
        from gap in Gen.Choose(0, 3)
        from seed in Gen.Choose(1, 1000)
        select (rows, columns, gap, seed);

    private static Gen<(PoolAxis Rows, PoolAxis Columns, PoolKind Kind, bool Accumulate)> Planes =>
        from rows in Axes
        from columns in Axes
        from kind in Gen.Elements(PoolKind.Max, PoolKind.Average, PoolKind.AverageWithPadding)
        from accumulate in Gen.Elements(true, false)
        select (rows, columns, kind, accumulate);

    private static Gen<PoolAxis> Axes => Gen.OneOf(
        from input in Gen.Choose(1, Tiny.Of(40, 9))
        from output in Gen.Choose(1, input)
        select PoolAxis.Adaptive(input, output),
        from input in Gen.Choose(1, Tiny.Of(40, 9))
        from kernel in Gen.Choose(1, 4)
        from stride in Gen.Choose(1, 3)
        from padding in Gen.Choose(0, kernel / 2)
        where input + (2 * padding) >= kernel
        select new PoolAxis(input, ((input + (2 * padding) - kernel) / stride) + 1, kernel, stride, padding));

    [Fact]
    public void Channels_are_worked_within_their_ends() =>
        Prop.ForAll(Blocks.ToArbitrary(), b => Same(b.ToString(), (atEnd, width) =>
        {
            int stride = b.Columns + b.Gap, count = ((b.Rows - 1) * stride) + b.Columns;
            var channel = new ChannelArgs(b.Rows, stride, b.Columns);
            using EdgeFloats x = Numbers(count, b.Seed, atEnd), residual = Numbers(count, b.Seed + 1, atEnd), y = Numbers(count, b.Seed + 2, atEnd);
            using EdgeFloats dy = Numbers(count, b.Seed + 3, atEnd), dx = Numbers(count, b.Seed + 4, atEnd), dResidual = Numbers(count, b.Seed + 5, atEnd);
            var (mean, variance) = Moments.Run(x, b.Rows, stride, b.Columns, width);
            ChannelForward.Run(channel, x, residual, y, (float)mean, 1.7f, -0.4f, true, width);
            var plain = ChannelBackward.Sums(channel, dy, x, null, 0.3f, width);
            var masked = ChannelBackward.Sums(channel, dy, x, y, 0.3f, width);
            ChannelBackward.Apply(channel, dy, x, y, new ChannelBackwardTerms(0.3f, 1.7f, 0.2f, -0.1f), dx, true, dResidual, false, width);
            double[] sums = [mean, variance, plain.Sum, plain.Product, masked.Sum, masked.Product];
            return [.. y.Span, .. dx.Span, .. dResidual.Span, .. sums.Select(sum => (float)sum)];
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 6)));

    [Fact]
    public void Neighbouring_channels_are_worked_within_their_ends() =>
        Prop.ForAll(Blocks.ToArbitrary(), b => Same(b.ToString(), (atEnd, width) =>
        {
            int channels = 1 + (b.Seed % 9), columns = b.Gap == 0 ? 16 : b.Columns, count = b.Rows * channels * columns;
            var channel = new ChannelArgs(b.Rows, channels * columns, columns);
            using EdgeFloats x = Numbers(count, b.Seed, atEnd), y = Numbers(count, b.Seed + 1, atEnd), dy = Numbers(count, b.Seed + 2, atEnd), dx = Numbers(count, b.Seed + 3, atEnd);
            using EdgeFloats means = Numbers(channels, b.Seed + 4, atEnd);
            double[] plain = new double[2 * channels], masked = new double[2 * channels];
            var terms = new ChannelBackwardTerms[channels];
            Array.Fill(terms, new ChannelBackwardTerms(0.3f, 1.7f, 0.2f, -0.1f));
            fixed (double* first = plain, second = masked)
            fixed (ChannelBackwardTerms* numbers = terms)
            {
                ChannelBackward.Sums(channel, channels, dy, x, null, means, first, width);
                ChannelBackward.Sums(channel, channels, dy, x, y, means, second, width);
                ChannelBackward.Apply(channel, channels, dy, x, y, numbers, dx, false, null, false, true, width);
            }

            return [.. dx.Span, .. plain.Concat(masked).Select(sum => (float)sum)];
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 6)));

    [Fact]
    public void Rows_are_normalized_within_their_ends() =>
        Prop.ForAll(Blocks.ToArbitrary(), b => Same(b.ToString(), (atEnd, width) =>
        {
            int count = b.Rows * b.Columns;
            using EdgeFloats x = Numbers(count, b.Seed, atEnd), gain = Numbers(b.Columns, b.Seed + 1, atEnd), bias = Numbers(b.Columns, b.Seed + 2, atEnd);
            using EdgeFloats mean = new(b.Rows, atEnd), deviation = new(b.Rows, atEnd), y = new(count, atEnd);
            using EdgeFloats dy = Numbers(count, b.Seed + 3, atEnd), dx = Numbers(count, b.Seed + 4, atEnd);
            using EdgeFloats dGain = Numbers(b.Columns, b.Seed + 5, atEnd), dBias = Numbers(b.Columns, b.Seed + 6, atEnd);
            LayerNormalization.Run(x, b.Rows, b.Columns, gain, bias, 1e-3f, mean, deviation, y, width);
            LayerNormalizationBackward.Run(dy, x, b.Rows, b.Columns, gain, mean, deviation, dx, b.Gap % 2 == 0, dGain, dBias, width);
            float[] first = [.. y.Span, .. dx.Span, .. dGain.Span, .. dBias.Span];
            LayerNormalizationBackward.Run(dy, x, b.Rows, b.Columns, gain, mean, deviation, dx, false, null, null, width);
            LayerNormalizationBackward.Run(dy, x, b.Rows, b.Columns, gain, mean, deviation, null, false, dGain, dBias, width);
            return [.. first, .. dx.Span, .. dGain.Span, .. dBias.Span];
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 6)));

    [Fact]
    public void Softmax_rows_are_worked_within_their_ends() =>
        Prop.ForAll(Blocks.ToArbitrary(), b => Same(b.ToString(), (atEnd, width) =>
        {
            int stride = b.Columns + b.Gap, count = ((b.Rows - 1) * stride) + b.Columns;
            using EdgeFloats x = Numbers(count, b.Seed, atEnd), dy = Numbers(count, b.Seed + 1, atEnd), y = Numbers(count, b.Seed + 2, atEnd), dx = Numbers(count, b.Seed + 3, atEnd);
            using EdgeFloats mask = Numbers(b.Columns, b.Seed + 4, atEnd);
            Softmax.Run(x, stride, b.Gap == 0 ? null : mask.Pointer, b.Rows, b.Columns, y, stride, width);
            Softmax.Backward(dy, stride, y, stride, b.Rows, b.Columns, dx, stride);
            float[] first = [.. y.Span, .. dx.Span];
            Softmax.Log(x, stride, null, b.Rows, b.Columns, y, stride);
            Softmax.LogBackward(dy, stride, y, stride, b.Rows, b.Columns, dx, stride);
            return [.. first, .. y.Span, .. dx.Span];
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 6)));

    [Fact]
    public void Planes_are_pooled_within_their_ends() =>
        Prop.ForAll(Planes.ToArbitrary(), p => Same(p.ToString(), (atEnd, width) =>
        {
            int input = p.Rows.Input * p.Columns.Input, output = p.Rows.Output * p.Columns.Output;
            // few different values, so that maxima tie; now and then a NaN
            float[] values = Array.ConvertAll(Sample.Numbers(input, input + output), value => value > 3.9f ? float.NaN : MathF.Round(value));
            using EdgeFloats x = new(values, atEnd), y = new(output, atEnd), dy = Numbers(output, 3, atEnd), dx = Numbers(input, 4, atEnd);
            using EdgeFloats scratch = new(p.Columns.Input, atEnd), wide = new(3 * p.Columns.Input, atEnd);
            PlanePool.Run(p.Kind, p.Rows, p.Columns, x, y, scratch, width);
            PlanePoolBackward.Run(p.Kind, p.Rows, p.Columns, dy, x, dx, p.Accumulate, wide, width);
            return [.. y.Span, .. dx.Span];
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(150, 15)));

    // the same bits for every lane width, wherever the memory lies
    private static void Same(string what, Func<bool, LaneWidth, float[]> run)
    {
        float[]? first = null;
        foreach (LaneWidth width in Sample.Widths)
        {
            foreach (bool atEnd in new[] { true, false })
            {
                float[] got = run(atEnd, width);
                first ??= got;
                FloatBits.AssertSame(first, got, $"{what}, width {width}");
            }
        }
    }

    private static EdgeFloats Numbers(int count, int seed, bool atEnd) => new(Sample.Numbers(count, seed), atEnd);
}
