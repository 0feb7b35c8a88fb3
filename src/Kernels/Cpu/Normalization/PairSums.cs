using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Sums two numbers per element over rows of a strided block: the statistics of a channel or of a row. The order is fixed by the shape:
/// pieces of at most <see cref="BlockSize"/> elements in single precision, element i of a row entering accumulator i mod 32, the 32 merged
/// halves upon halves, the pieces added in double. Lane width and thread count cannot change a bit.
/// </summary>
/// <remarks>Error of a sum: at most (BlockSize/32 + 5)·2⁻²⁴·Σ|xᵢ| and 2⁻⁵³ per piece.</remarks>
internal static unsafe partial class PairSums
{
    /// <summary>Elements of one piece; longer rows are cut, shorter ones are taken together.</summary>
    public const int BlockSize = 4096;

    private const int Places = 32;

    /// <summary>Both sums over rows [0, rows) and columns [0, columns); row r starts at offset r·rowStride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (double First, double Second) Run<TTerms>(in TTerms terms, nint rows, nint rowStride, nint columns, LaneWidth width)
        where TTerms : struct, IPairTerms => width switch
    {
        LaneWidth.Sixteen => Run<TTerms, Lane16>(terms, rows, rowStride, columns),
        LaneWidth.Eight => Run<TTerms, Lane8>(terms, rows, rowStride, columns),
        LaneWidth.Four => Run<TTerms, Lane4>(terms, rows, rowStride, columns),
        _ => Run<TTerms, Lane1>(terms, rows, rowStride, columns),
    };

    private static (double First, double Second) Run<TTerms, TLane>(in TTerms terms, nint rows, nint rowStride, nint columns)
        where TTerms : struct, IPairTerms
        where TLane : struct, ILane<TLane>
    {
        double first = 0;
        double second = 0;
        nint together = nint.Max(1, BlockSize / nint.Max(1, columns));
        for (nint r = 0; r < rows; r += together)
        {
            for (nint c = 0; c < columns; c += BlockSize)
            {
                float a = Block<TTerms, TLane>(terms, (r * rowStride) + c, nint.Min(together, rows - r), rowStride, (int)nint.Min(BlockSize, columns - c), out float b);
                first += a;
                second += b;
            }
        }

        return (first, second);
    }

    // everything by value: what is passed on by reference would live in memory instead of registers
    private static float Block<TTerms, TLane>(TTerms terms, nint start, nint rows, nint rowStride, int columns, out float second)
        where TTerms : struct, IPairTerms
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        float* places = stackalloc float[2 * width == Places ? 0 : 2 * Places];

        // two accumulators of each sum in flight; narrower lanes walk over the piece (in the first-level cache) more than once
        for (int part = 0; part < Places; part += 2 * width)
        {
            var a0 = TLane.Splat(0f);
            var a1 = a0;
            var b0 = a0;
            var b1 = a0;
            nint stripes = columns >= part + (2 * width) ? ((columns - part - (2 * width)) / Places) + 1 : 0;
            nint restStart = part + (stripes * Places);
            int rest = (int)nint.Max(0, columns - restStart);
            int tail = rest % width;
            for (nint r = 0; r < rows; r++)
            {
                nint row = start + (r * rowStride);
                nint end = row + restStart;
                nint i = row + part;
                for (; i < end; i += Places)
                {
                    var x0 = terms.First<TLane>(i);
                    var x1 = terms.First<TLane>(i + width);
                    a0 += x0;
                    a1 += x1;
                    if (TTerms.HasSecond)
                    {
                        b0 += terms.Second(i, x0);
                        b1 += terms.Second(i + width, x1);
                    }
                }

                // what is left of this part's last stripe, less than two lanes
                if (rest >= width)
                {
                    var x0 = terms.First<TLane>(i);
                    a0 += x0;
                    if (TTerms.HasSecond)
                    {
                        b0 += terms.Second(i, x0);
                    }
                }

                if (tail > 0)
                {
                    nint last = rest >= width ? i + width : i;
                    var x = terms.First<TLane>(last, tail);
                    var y = TTerms.HasSecond ? terms.Second(last, x, tail) : x;
                    if (rest >= width)
                    {
                        a1 += x;
                        b1 += y;
                    }
                    else
                    {
                        a0 += x;
                        b0 += y;
                    }
                }
            }

            if (2 * width == Places)
            {
                // the widest lane holds everything: merge in registers
                second = TTerms.HasSecond ? TLane.FoldSum(b0 + b1) : 0f;
                return TLane.FoldSum(a0 + a1);
            }

            TLane.Store(a0, places + part);
            TLane.Store(a1, places + part + width);
            TLane.Store(b0, places + Places + part);
            TLane.Store(b1, places + Places + part + width);
        }

        second = TTerms.HasSecond ? Merge<TLane>(places + Places) : 0f;
        return Merge<TLane>(places);
    }

    private static float Merge<TLane>(float* places) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        for (int half = Places / 2; half >= width; half /= 2)
        {
            for (int p = 0; p < half; p += width)
            {
                TLane.Store(TLane.Load(places + p) + TLane.Load(places + half + p), places + p);
            }
        }

        return TLane.FoldSum(TLane.Load(places));
    }
}
