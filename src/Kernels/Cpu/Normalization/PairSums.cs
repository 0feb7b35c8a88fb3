using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Sums two numbers per element over rows of a strided block: the statistics of a channel or of a row. The order is fixed by the shape:
/// pieces of at most <see cref="BlockSize"/> elements in single precision, element i of a row entering accumulator i mod 32, the 32 merged
/// halves upon halves, the pieces added in double. Lane width and thread count cannot change a bit.
/// </summary>
/// <remarks>Error of a sum: at most (BlockSize/32 + 5)·2⁻²⁴·Σ|xᵢ| and 2⁻⁵³ per piece.</remarks>
internal static unsafe class PairSums
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
        var local = terms;
        double first = 0;
        double second = 0;
        nint together = nint.Max(1, BlockSize / nint.Max(1, columns));
        for (nint r = 0; r < rows; r += together)
        {
            for (nint c = 0; c < columns; c += BlockSize)
            {
                Block<TTerms, TLane>(ref local, (r * rowStride) + c, nint.Min(together, rows - r), rowStride,
                    (int)nint.Min(BlockSize, columns - c), out float a, out float b);
                first += a;
                second += b;
            }
        }

        return (first, second);
    }

    private static void Block<TTerms, TLane>(
        ref TTerms terms, nint start, nint rows, nint rowStride, int columns, out float first, out float second)
        where TTerms : struct, IPairTerms
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        float* places = stackalloc float[2 * Places];

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
                    terms.Whole(i, out TLane x0, out TLane y0);
                    terms.Whole(i + width, out TLane x1, out TLane y1);
                    Add<TTerms, TLane>(ref a0, ref b0, x0, y0);
                    Add<TTerms, TLane>(ref a1, ref b1, x1, y1);
                }

                // what is left of this part's last stripe, less than two lanes
                if (rest >= width)
                {
                    terms.Whole(i, out TLane x0, out TLane y0);
                    Add<TTerms, TLane>(ref a0, ref b0, x0, y0);
                    if (tail > 0)
                    {
                        terms.Part(i + width, tail, out TLane x1, out TLane y1);
                        Add<TTerms, TLane>(ref a1, ref b1, x1, y1);
                    }
                }
                else if (tail > 0)
                {
                    terms.Part(i, tail, out TLane x0, out TLane y0);
                    Add<TTerms, TLane>(ref a0, ref b0, x0, y0);
                }
            }

            if (2 * width == Places)
            {
                // the widest lane holds everything: merge in registers
                first = TLane.FoldSum(a0 + a1);
                second = TTerms.HasSecond ? TLane.FoldSum(b0 + b1) : 0f;
                return;
            }

            TLane.Store(a0, places + part);
            TLane.Store(a1, places + part + width);
            TLane.Store(b0, places + Places + part);
            TLane.Store(b1, places + Places + part + width);
        }

        first = Merge<TLane>(places);
        second = TTerms.HasSecond ? Merge<TLane>(places + Places) : 0f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TTerms, TLane>(ref TLane a, ref TLane b, TLane first, TLane second)
        where TTerms : struct, IPairTerms
        where TLane : struct, ILane<TLane>
    {
        a += first;
        if (TTerms.HasSecond)
        {
            b += second;
        }
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
