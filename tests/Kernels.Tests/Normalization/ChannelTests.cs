using Engram.Kernels.Cpu;

namespace Engram.Kernels.Tests;

public sealed unsafe class ChannelTests
{
    [Fact]
    public void Every_lane_width_gives_the_same_bits_forward_and_backward_and_stays_in_its_range()
    {
        foreach (int columns in Tiny.On ? [1, 5, 17] : new[] { 1, 2, 4, 7, 15, 16, 17, 31, 33, 49, 63, 64, 65, 131 })
        {
            foreach (bool relu in new[] { false, true })
            {
                const int Rows = 3;
                int stride = columns + 2, count = ((Rows - 1) * stride) + columns;
                var channel = new ChannelArgs(Rows, stride, columns);
                float[] numbers = Sample.Numbers(count, columns), gradients = Sample.Numbers(count, columns + 1), others = Sample.Numbers(count, columns + 2);
                float[]? firstY = null, firstX = null, firstResidual = null;
                (double, double)? firstSums = null;
                foreach (var width in Sample.Widths)
                {
                    using var x = new GuardedFloats(numbers, 1);
                    using var residual = new GuardedFloats(others, 2);
                    using var y = new GuardedFloats(count, 3);
                    y.Span.Clear();
                    ChannelForward.Run(channel, x, relu ? residual.Pointer : null, y, 0.3f, 1.7f, -0.4f, relu, width);
                    y.AssertGuards("channel forward");
                    using var dy = new GuardedFloats(gradients);
                    using var dx = new GuardedFloats(others);
                    using var dResidual = new GuardedFloats(numbers);
                    float* mask = relu ? y.Pointer : null;
                    var sums = ChannelBackward.Sums(channel, dy, x, mask, 0.3f, width);
                    ChannelBackward.Apply(channel, dy, x, mask, new ChannelBackwardTerms(0.3f, 1.7f, 0.2f, -0.1f), dx, relu, dResidual, !relu, width);
                    dx.AssertGuards("channel backward");
                    dResidual.AssertGuards("channel backward");

                    firstY ??= y.Span.ToArray();
                    firstX ??= dx.Span.ToArray();
                    firstResidual ??= dResidual.Span.ToArray();
                    firstSums ??= sums;
                    string what = $"{columns} columns, width {width}";
                    FloatBits.AssertSame(firstY, y.Span, what);
                    FloatBits.AssertSame(firstX, dx.Span, what);
                    FloatBits.AssertSame(firstResidual, dResidual.Span, what);
                    Assert.Equal(firstSums, sums);

                    // in the place of dy
                    ChannelBackward.Apply(channel, dy, x, mask, new ChannelBackwardTerms(0.3f, 1.7f, 0.2f, -0.1f), dy, false, null, false, width);
                    using var apart = new GuardedFloats(gradients);
                    using var again = new GuardedFloats(gradients);
                    ChannelBackward.Apply(channel, again, x, mask, new ChannelBackwardTerms(0.3f, 1.7f, 0.2f, -0.1f), apart, false, null, false, width);
                    FloatBits.AssertSame(apart.Span, dy.Span, what);
                }

                for (int r = 0; r < Rows - 1; r++)
                {
                    Assert.All(firstY!.AsSpan((r * stride) + columns, 2).ToArray(), value => Assert.Equal(0f, value)); // other channels' elements
                }
            }
        }
    }

    [Fact]
    public void Neighbouring_channels_together_have_the_bits_of_each_alone()
    {
        foreach (int columns in Tiny.On ? [1, 16, 17] : new[] { 1, 2, 7, 15, 16, 17, 31, 32, 33, 49, 64, 65 })
        {
            // more rows than make one piece where the planes are of one line
            foreach (var (rows, channels) in Tiny.On ? [(3, 5)] : new[] { (3, 1), (3, 2), (4, 7), (2, ChannelBackward.MostChannels), (columns == 16 ? 300 : 5, 9) })
            {
                foreach (bool relu in new[] { false, true })
                {
                    Together(new ChannelArgs(rows, channels * columns, columns), channels, relu);
                }
            }
        }
    }

    private static void Together(in ChannelArgs channel, int channels, bool relu)
    {
        int count = (int)(channel.Rows * channel.RowStride);
        using var dy = new GuardedFloats(Sample.Numbers(count, 1));
        using var x = new GuardedFloats(Sample.Numbers(count, 2), 1);
        using var y = new GuardedFloats(Sample.Numbers(count, 3), 2);
        using var means = new GuardedFloats(Sample.Numbers(channels, 4));
        float* mask = relu ? y.Pointer : null;
        var terms = new ChannelBackwardTerms[channels];
        var alone = new double[2 * channels];
        float[] dx = Sample.Numbers(count, 5), dResidual = Sample.Numbers(count, 6);
        using var oneX = new GuardedFloats(dx);
        using var oneResidual = new GuardedFloats(dResidual);
        for (int c = 0; c < channels; c++)
        {
            nint at = c * channel.Columns;
            float* its = relu ? y.Pointer + at : null;
            terms[c] = new ChannelBackwardTerms(means.Span[c], 1.7f - c, 0.2f * c, -0.1f);
            (alone[2 * c], alone[(2 * c) + 1]) = ChannelBackward.Sums(channel, dy.Pointer + at, x.Pointer + at, its, means.Span[c], LaneWidths.Widest);
            ChannelBackward.Apply(channel, dy.Pointer + at, x.Pointer + at, its, terms[c], oneX.Pointer + at, false, oneResidual.Pointer + at, true, LaneWidths.Widest);
        }

        foreach (var width in Sample.Widths)
        {
            string what = $"{channel}, {channels} channels, width {width}";
            var sums = new double[2 * channels];
            fixed (double* to = sums)
                ChannelBackward.Sums(channel, channels, dy, x, mask, means, to, width);
            Assert.Equal(alone, sums);

            // through the caches with the residual's gradient, without it, and past them, where the place allows it and where not
            foreach (var (past, residual, misalignment) in new[] { (false, true, 0), (false, false, 3), (true, false, 0), (true, true, 0), (true, false, 1) })
            {
                using var toX = new GuardedFloats(dx, misalignment);
                using var toResidual = new GuardedFloats(dResidual);
                fixed (ChannelBackwardTerms* its = terms)
                    ChannelBackward.Apply(channel, channels, dy, x, mask, its, toX, false, residual ? toResidual.Pointer : null, true, past, width);
                toX.AssertGuards(what);
                FloatBits.AssertSame(oneX.Span, toX.Span, what);
                FloatBits.AssertSame(residual ? oneResidual.Span : dResidual, toResidual.Span, what);
            }
        }
    }

    [Fact]
    public void A_relu_lets_no_negative_value_and_no_gradient_behind_it_through_but_a_NaN()
    {
        var channel = new ChannelArgs(1, 0, 4);
        using var x = new GuardedFloats([-1f, 2f, float.NaN, 0f]);
        using var y = new GuardedFloats(4);
        ChannelForward.Run(channel, x, null, y, 0f, 1f, 0f, true);
        FloatBits.AssertSame([0f, 2f, float.NaN, 0f], y.Span, "y");
        using var dy = new GuardedFloats([5f, 6f, 7f, 8f]);
        using var g = new GuardedFloats(4);
        ChannelBackward.Apply(channel, dy, x, y, default, null, false, g, false, LaneWidths.Widest);
        FloatBits.AssertSame([0f, 6f, 0f, 0f], g.Span, "dresidual");
    }
}
