using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The backward pass of a batch normalization over one channel, in two walks. With g = dy, or 0 where a ReLU let nothing through, n elements,
/// s = 1/√(variance + ε): dbias = Σ g, dgain = s·Σ g·(x − mean), dresidual = g, and dx = gain·s·(g − Σg/n − (x − mean)·s²·Σ g·(x − mean)/n)
/// in training, dx = gain·s·g where the statistics are constants. One thread.
/// </summary>
public static unsafe class ChannelBackward
{
    /// <summary>Σ g and Σ g·(x − mean).</summary>
    /// <param name="channel">Rows and columns, the same for every operand.</param>
    /// <param name="dy">Gradient of the output.</param>
    /// <param name="x">Input of the forward pass.</param>
    /// <param name="y">Output of the forward pass when it ended in a ReLU, else null.</param>
    /// <param name="mean">What forward subtracted.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    public static (double Sum, double Product) Sums(in ChannelArgs channel, float* dy, float* x, float* y, float mean, LaneWidth width) =>
        y == null
            ? PairSums.Run(new ChannelGradientTerms(dy, x, mean), channel.Rows, channel.RowStride, channel.Columns, width)
            : PairSums.Run(new MaskedGradientTerms(dy, x, y, mean), channel.Rows, channel.RowStride, channel.Columns, width);

    /// <summary>dx = factor·(g − shift − (x − mean)·slope), and dresidual = g; both overwritten or added to.</summary>
    /// <param name="channel">Rows and columns, the same for every operand.</param>
    /// <param name="dy">Gradient of the output.</param>
    /// <param name="x">Input of the forward pass.</param>
    /// <param name="y">Output of the forward pass when it ended in a ReLU, else null.</param>
    /// <param name="terms">The numbers of this channel.</param>
    /// <param name="dx">Gradient of x, may be dy; null when it is not wanted.</param>
    /// <param name="accumulateX">Whether dx is added to.</param>
    /// <param name="dResidual">Gradient of the residual, may be dy; null when it is not wanted.</param>
    /// <param name="accumulateResidual">Whether dresidual is added to.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply(
        in ChannelArgs channel, float* dy, float* x, float* y, in ChannelBackwardTerms terms,
        float* dx, bool accumulateX, float* dResidual, bool accumulateResidual, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<Lane16>(channel, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual);
                break;
            case LaneWidth.Eight:
                Loop<Lane8>(channel, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual);
                break;
            case LaneWidth.Four:
                Loop<Lane4>(channel, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual);
                break;
            default:
                Loop<Lane1>(channel, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual);
                break;
        }
    }

    private static void Loop<TLane>(
        in ChannelArgs channel, float* dy, float* x, float* y, in ChannelBackwardTerms terms,
        float* dx, bool accumulateX, float* dResidual, bool accumulateResidual)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        nint columns = channel.Columns;
        nint whole = columns - (columns % width);
        int rest = (int)(columns - whole);
        var zero = TLane.Splat(0f);
        var center = TLane.Splat(terms.Mean);
        var factor = TLane.Splat(terms.Factor);
        var shift = TLane.Splat(terms.Shift);
        var slope = TLane.Splat(-terms.Slope);
        for (nint r = 0; r < channel.Rows; r++)
        {
            nint start = r * channel.RowStride;
            nint end = start + whole;
            for (nint i = start; i < end; i += width)
            {
                var g = TLane.Load(dy + i);
                g = y == null ? g : TLane.SelectGreater(TLane.Load(y + i), zero, g, zero);
                if (dResidual != null)
                {
                    // before dx is read: both may be one place
                    TLane.Store(accumulateResidual ? TLane.Load(dResidual + i) + g : g, dResidual + i);
                }

                if (dx != null)
                {
                    var value = factor * TLane.FusedMultiplyAdd(TLane.Load(x + i) - center, slope, g - shift);
                    TLane.Store(accumulateX ? TLane.Load(dx + i) + value : value, dx + i);
                }
            }

            if (rest > 0)
            {
                var g = TLane.LoadPartial(dy + end, rest);
                g = y == null ? g : TLane.SelectGreater(TLane.LoadPartial(y + end, rest), zero, g, zero);
                if (dResidual != null)
                {
                    TLane.StorePartial(accumulateResidual ? TLane.LoadPartial(dResidual + end, rest) + g : g, dResidual + end, rest);
                }

                if (dx != null)
                {
                    var value = factor * TLane.FusedMultiplyAdd(TLane.LoadPartial(x + end, rest) - center, slope, g - shift);
                    TLane.StorePartial(accumulateX ? TLane.LoadPartial(dx + end, rest) + value : value, dx + end, rest);
                }
            }
        }
    }
}
