using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

internal static unsafe partial class PairSums
{
    private const int Line = Streams.LineFloats;

    /// <summary>Both sums of neighbouring channels, [channels, 2], the same bits as <see cref="Run{TTerms}"/> on each; memory is walked over as it lies.</summary>
    public static void Channels<TTerms>(in ChannelArgs channel, int channels, float* dy, float* x, float* y, float* means, double* sums, LaneWidth width)
        where TTerms : struct, IChannelTerms<TTerms>
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Channels<TTerms, Lane16>(channel, channels, dy, x, y, means, sums);
                break;
            case LaneWidth.Eight:
                Channels<TTerms, Lane8>(channel, channels, dy, x, y, means, sums);
                break;
            case LaneWidth.Four:
                Channels<TTerms, Lane4>(channel, channels, dy, x, y, means, sums);
                break;
            default:
                Channels<TTerms, Lane1>(channel, channels, dy, x, y, means, sums);
                break;
        }
    }

    private static void Channels<TTerms, TLane>(in ChannelArgs channel, int channels, float* dy, float* x, float* y, float* means, double* sums)
        where TTerms : struct, IChannelTerms<TTerms>
        where TLane : struct, ILane<TLane>
    {
        float* places = stackalloc float[2 * Places * ChannelBackward.MostChannels];
        new Span<double>(sums, 2 * channels).Clear();
        nint together = nint.Max(1, BlockSize / nint.Max(1, channel.Columns));
        for (nint r = 0; r < channel.Rows; r += together)
        {
            nint rows = nint.Min(together, channel.Rows - r);
            nint start = r * channel.RowStride;
            int c = 0;
            if (channel.Columns == Line && TLane.Count > 1)
            {
                int tile = 4 * TLane.Count / Line;
                for (; c <= channels - tile; c += tile)
                {
                    nint at = start + (c * Line);
                    Lines<TTerms, TLane>(rows, channel.RowStride, dy + at, x + at, y == null ? null : y + at, means + c, sums + (2 * c));
                }
            }

            if (c < channels)
            {
                new Span<float>(places, 2 * Places * (channels - c)).Clear();
                Piece<TTerms, TLane>(places, start + (c * channel.Columns), rows, channel.RowStride, channel.Columns, channels - c, dy, x, y, means + c);
                for (int s = 2 * c; s < 2 * channels; s++)
                {
                    sums[s] += Merge<TLane>(places + ((s - (2 * c)) * Places));
                }
            }
        }
    }

    // four lanes of channels of one cache line each, in registers from the first row to the last
    private static void Lines<TTerms, TLane>(nint rows, nint rowStride, float* dy, float* x, float* y, float* means, double* sums)
        where TTerms : struct, IChannelTerms<TTerms>
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var terms0 = TTerms.Of(dy, x, y, means[0]);
        var terms1 = TTerms.Of(dy, x, y, means[width / Line]);
        var terms2 = TTerms.Of(dy, x, y, means[2 * width / Line]);
        var terms3 = TTerms.Of(dy, x, y, means[3 * width / Line]);
        var a0 = TLane.Splat(0f);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        var b0 = a0;
        var b1 = a0;
        var b2 = a0;
        var b3 = a0;
        nint i = 0;
        for (nint r = 0; r < rows; r++, i += rowStride)
        {
            Add(terms0, i, ref a0, ref b0);
            Add(terms1, i + width, ref a1, ref b1);
            Add(terms2, i + (2 * width), ref a2, ref b2);
            Add(terms3, i + (3 * width), ref a3, ref b3);
        }

        // the other half of the places is zero
        if (width == Line)
        {
            sums[0] += TLane.FoldSum(a0);
            sums[1] += TLane.FoldSum(b0);
            sums[2] += TLane.FoldSum(a1);
            sums[3] += TLane.FoldSum(b1);
            sums[4] += TLane.FoldSum(a2);
            sums[5] += TLane.FoldSum(b2);
            sums[6] += TLane.FoldSum(a3);
            sums[7] += TLane.FoldSum(b3);
        }
        else if (2 * width == Line)
        {
            sums[0] += TLane.FoldSum(a0 + a1);
            sums[1] += TLane.FoldSum(b0 + b1);
            sums[2] += TLane.FoldSum(a2 + a3);
            sums[3] += TLane.FoldSum(b2 + b3);
        }
        else
        {
            sums[0] += TLane.FoldSum((a0 + a2) + (a1 + a3));
            sums[1] += TLane.FoldSum((b0 + b2) + (b1 + b3));
        }
    }

    private static void Piece<TTerms, TLane>(
        float* places, nint start, nint rows, nint rowStride, nint columns, int channels, float* dy, float* x, float* y, float* means)
        where TTerms : struct, IChannelTerms<TTerms>
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        for (nint r = 0; r < rows; r++)
        {
            nint row = start + (r * rowStride);
            float* at = places;
            for (int c = 0; c < channels; c++, row += columns, at += 2 * Places)
            {
                var terms = TTerms.Of(dy, x, y, means[c]);
                for (nint p = 0; p < nint.Min(Places, columns); p += width)
                {
                    var first = TLane.Load(at + p);
                    var second = TLane.Load(at + Places + p);
                    nint i = p;
                    for (; i <= columns - width; i += Places)
                    {
                        Add(terms, row + i, ref first, ref second);
                    }

                    if (i < columns)
                    {
                        int rest = (int)(columns - i);
                        var term = terms.First<TLane>(row + i, rest);
                        first += term;
                        second += terms.Second(row + i, term, rest);
                    }

                    TLane.Store(first, at + p);
                    TLane.Store(second, at + Places + p);
                }
            }
        }
    }
}
