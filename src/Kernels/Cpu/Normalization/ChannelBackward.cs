using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The backward pass of a batch normalization over one channel or some neighbouring ones, in two walks. With g = dy, or 0 where a ReLU let nothing through, n elements,
/// s = 1/√(variance + ε): dbias = Σ g, dgain = s·Σ g·(x − mean), dresidual = g, and dx = gain·s·(g − Σg/n − (x − mean)·s²·Σ g·(x − mean)/n)
/// in training, dx = gain·s·g where the statistics are constants. One thread.
/// </summary>
public static unsafe class ChannelBackward
{
    /// <summary>Channels that can be summed at a time: their accumulators take 16 KiB.</summary>
    public const int MostChannels = 64;

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

    /// <summary>Σ g and Σ g·(x − mean) of neighbouring channels, the same bits as one by one.</summary>
    /// <remarks>
    /// Planes of few positions lie in pieces of a few cache lines, thousands of bytes apart: taken channel by channel, they arrive neither ahead of time nor
    /// together, and the distance of a power of two makes them drive each other out of the cache. Side by side they are one stretch of memory per image.
    /// </remarks>
    /// <param name="channel">Rows and columns of one channel, the same for every operand.</param>
    /// <param name="channels">Channels, at most <see cref="MostChannels"/>.</param>
    /// <param name="dy">Gradient of the output.</param>
    /// <param name="x">Input of the forward pass.</param>
    /// <param name="y">Output of the forward pass when it ended in a ReLU, else null.</param>
    /// <param name="means">What forward subtracted, [channels].</param>
    /// <param name="sums">Both sums of a channel, [channels, 2].</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    public static void Sums(in ChannelArgs channel, int channels, float* dy, float* x, float* y, float* means, double* sums, LaneWidth width)
    {
        if (channels == 1)
        {
            (sums[0], sums[1]) = Sums(channel, dy, x, y, *means, width);
        }
        else if (y == null)
        {
            PairSums.Channels<ChannelGradientTerms>(channel, channels, dy, x, y, means, sums, width);
        }
        else
        {
            PairSums.Channels<MaskedGradientTerms>(channel, channels, dy, x, y, means, sums, width);
        }
    }

    /// <summary>dx = factor·(g − shift − (x − mean)·slope), and dresidual = g; both overwritten or added to.</summary>
    /// <param name="channel">Rows and columns, the same for every operand.</param>
    /// <param name="channels">Neighbouring channels.</param>
    /// <param name="dy">Gradient of the output.</param>
    /// <param name="x">Input of the forward pass.</param>
    /// <param name="y">Output of the forward pass when it ended in a ReLU, else null.</param>
    /// <param name="terms">The numbers of the channels.</param>
    /// <param name="dx">Gradient of x, may be dy; null when it is not wanted.</param>
    /// <param name="accumulateX">Whether dx is added to.</param>
    /// <param name="dResidual">Gradient of the residual, may be dy; null when it is not wanted.</param>
    /// <param name="accumulateResidual">Whether dresidual is added to.</param>
    /// <param name="pastCaches">Whether dx is better written past the caches; the caller then owes a fence.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply(
        in ChannelArgs channel, int channels, float* dy, float* x, float* y, ChannelBackwardTerms* terms,
        float* dx, bool accumulateX, float* dResidual, bool accumulateResidual, bool pastCaches, LaneWidth width)
    {
        // whole lines only
        pastCaches = pastCaches && !accumulateX && channel.Columns % Streams.LineFloats == 0 && channel.RowStride % Streams.LineFloats == 0 && Streams.BeforeLine(dx) == 0;
        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<Lane16>(channel, channels, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual, pastCaches);
                break;
            case LaneWidth.Eight:
                Loop<Lane8>(channel, channels, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual, pastCaches);
                break;
            case LaneWidth.Four:
                Loop<Lane4>(channel, channels, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual, pastCaches);
                break;
            default:
                Loop<Lane1>(channel, channels, dy, x, y, terms, dx, accumulateX, dResidual, accumulateResidual, pastCaches);
                break;
        }
    }

    /// <summary>The same of one channel, through the caches.</summary>
    public static void Apply(
        in ChannelArgs channel, float* dy, float* x, float* y, in ChannelBackwardTerms terms,
        float* dx, bool accumulateX, float* dResidual, bool accumulateResidual, LaneWidth width)
    {
        var its = terms;
        Apply(channel, 1, dy, x, y, &its, dx, accumulateX, dResidual, accumulateResidual, false, width);
    }

    private static void Loop<TLane>(
        in ChannelArgs channel, int channels, float* dy, float* x, float* y, ChannelBackwardTerms* terms,
        float* dx, bool accumulateX, float* dResidual, bool accumulateResidual, bool pastCaches)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        nint columns = channel.Columns;
        nint rows = channel.Rows;
        nint stride = channel.RowStride;
        nint whole = columns - (columns % width);
        int rest = (int)(columns - whole);
        bool plain = dx != null && !pastCaches && !accumulateX && dResidual == null;
        var zero = TLane.Splat(0f);
        for (nint r = 0; r < rows; r++)
        {
            nint i = r * stride;
            for (int c = 0; c < channels; c++)
            {
                var center = TLane.Splat(terms[c].Mean);
                var factor = TLane.Splat(terms[c].Factor);
                var shift = TLane.Splat(terms[c].Shift);
                var slope = TLane.Splat(-terms[c].Slope);
                nint end = i + whole;
                // the two common cases with nothing to ask at every lane: planes of one line in 0.8 of the time
                if (plain && y == null)
                {
                    for (; i < end; i += width)
                    {
                        TLane.Store(factor * TLane.FusedMultiplyAdd(TLane.Load(x + i) - center, slope, TLane.Load(dy + i) - shift), dx + i);
                    }
                }
                else if (plain)
                {
                    for (; i < end; i += width)
                    {
                        var g = TLane.SelectGreater(TLane.Load(y + i), zero, TLane.Load(dy + i), zero);
                        TLane.Store(factor * TLane.FusedMultiplyAdd(TLane.Load(x + i) - center, slope, g - shift), dx + i);
                    }
                }

                for (; i < end; i += width)
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
                        if (pastCaches)
                        {
                            TLane.StorePastCaches(value, dx + i);
                        }
                        else
                        {
                            TLane.Store(accumulateX ? TLane.Load(dx + i) + value : value, dx + i);
                        }
                    }
                }

                if (rest > 0)
                {
                    var g = TLane.LoadPartial(dy + i, rest);
                    g = y == null ? g : TLane.SelectGreater(TLane.LoadPartial(y + i, rest), zero, g, zero);
                    if (dResidual != null)
                    {
                        TLane.StorePartial(accumulateResidual ? TLane.LoadPartial(dResidual + i, rest) + g : g, dResidual + i, rest);
                    }

                    if (dx != null)
                    {
                        var value = factor * TLane.FusedMultiplyAdd(TLane.LoadPartial(x + i, rest) - center, slope, g - shift);
                        TLane.StorePartial(accumulateX ? TLane.LoadPartial(dx + i, rest) + value : value, dx + i, rest);
                    }

                    i += rest;
                }
            }
        }
    }
}
