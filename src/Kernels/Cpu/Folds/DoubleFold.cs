using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Sum, dot product and squared norm of single-precision vectors, accumulated in double: what gradient projections, norms and losses
/// are decided by. Blocks of <see cref="BlockSize"/> elements (element i into accumulator i mod 32, merged halves upon halves) are
/// added in order, so lane width and thread count cannot change a bit.
/// </summary>
/// <remarks>Products are exact; the error is at most (n/<see cref="BlockSize"/> + 133)·2⁻⁵³·Σ|aᵢbᵢ|.</remarks>
public static unsafe class DoubleFold
{
    /// <summary>Elements of one block: the piece that threads hand out.</summary>
    public const int BlockSize = 4096;

    private const int Places = 32;

    /// <summary>How many blocks <paramref name="count"/> elements make.</summary>
    public static nint BlockCount(nint count) => (count + BlockSize - 1) / BlockSize;

    /// <summary>Σ x[i].</summary>
    public static double Sum(float* x, nint count) => Run(x, null, count, LaneWidths.Widest);

    /// <summary>Σ a[i]·b[i].</summary>
    public static double Dot(float* a, float* b, nint count) => Run(a, b, count, LaneWidths.Widest);

    /// <summary>Σ x[i]².</summary>
    public static double SquaredNorm(float* x, nint count) => Run(x, x, count, LaneWidths.Widest);

    /// <summary>Σ a[i]·b[i] (or Σ a[i] where b is null) with a given lane width; every width gives the same bits.</summary>
    public static double Run(float* a, float* b, nint count, LaneWidth width)
    {
        double total = 0;
        for (nint start = 0; start < count; start += BlockSize)
        {
            total += Block(a + start, b == null ? null : b + start, (int)nint.Min(BlockSize, count - start), width);
        }

        return total;
    }

    /// <summary>
    /// Dot products (or sums, where b is null) of the blocks [<paramref name="firstBlock"/>, <paramref name="endBlock"/>) into
    /// partials[block]: one thread's piece. <see cref="AddBlocks"/> finishes with the bits of the undivided call.
    /// </summary>
    public static void Blocks(float* a, float* b, nint count, nint firstBlock, nint endBlock, double* partials)
    {
        for (nint block = firstBlock; block < endBlock; block++)
        {
            nint start = block * BlockSize;
            partials[block] =
                Block(a + start, b == null ? null : b + start, (int)nint.Min(BlockSize, count - start), LaneWidths.Widest);
        }
    }

    /// <summary>Adds the partials of all blocks in order.</summary>
    public static double AddBlocks(double* partials, nint blocks)
    {
        double total = 0;
        for (nint block = 0; block < blocks; block++)
        {
            total += partials[block];
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Block(float* a, float* b, int count, LaneWidth width) => width switch
    {
        LaneWidth.Sixteen => Block<DoubleLane8>(a, b, count),
        LaneWidth.Eight => Block<DoubleLane4>(a, b, count),
        LaneWidth.Four => Block<DoubleLane2>(a, b, count),
        _ => Block<DoubleLane1>(a, b, count),
    };

    private static double Block<TLane>(float* a, float* b, int count) where TLane : struct, IDoubleLane<TLane>
    {
        int width = TLane.Count;
        double* places = stackalloc double[Places];

        // four accumulators in flight; narrower lanes walk over the block (in the first-level cache) more than once
        for (int part = 0; part < Places; part += 4 * width)
        {
            var s0 = TLane.Zero;
            var s1 = s0;
            var s2 = s0;
            var s3 = s0;
            int i = part;
            if (b == null)
            {
                for (; i + (4 * width) <= count; i += Places)
                {
                    Streams.Prefetch(a + i, 4 * width);
                    s0 = TLane.Add(s0, TLane.Widen(a + i));
                    s1 = TLane.Add(s1, TLane.Widen(a + i + width));
                    s2 = TLane.Add(s2, TLane.Widen(a + i + (2 * width)));
                    s3 = TLane.Add(s3, TLane.Widen(a + i + (3 * width)));
                }
            }
            else if (a == b)
            {
                // a norm widens every number once
                for (; i + (4 * width) <= count; i += Places)
                {
                    Streams.Prefetch(a + i, 4 * width);
                    var x0 = TLane.Widen(a + i);
                    var x1 = TLane.Widen(a + i + width);
                    var x2 = TLane.Widen(a + i + (2 * width));
                    var x3 = TLane.Widen(a + i + (3 * width));
                    TLane.Accumulate(ref s0, x0, x0);
                    TLane.Accumulate(ref s1, x1, x1);
                    TLane.Accumulate(ref s2, x2, x2);
                    TLane.Accumulate(ref s3, x3, x3);
                }
            }
            else
            {
                for (; i + (4 * width) <= count; i += Places)
                {
                    Streams.Prefetch(a + i, 4 * width);
                    Streams.Prefetch(b + i, 4 * width);
                    TLane.Accumulate(ref s0, TLane.Widen(a + i), TLane.Widen(b + i));
                    TLane.Accumulate(ref s1, TLane.Widen(a + i + width), TLane.Widen(b + i + width));
                    TLane.Accumulate(ref s2, TLane.Widen(a + i + (2 * width)), TLane.Widen(b + i + (2 * width)));
                    TLane.Accumulate(ref s3, TLane.Widen(a + i + (3 * width)), TLane.Widen(b + i + (3 * width)));
                }
            }

            if (4 * width == Places && i >= count)
            {
                // all places are in registers: the same two halvings without the detour through memory
                return TLane.FoldSum(TLane.Add(TLane.Add(s0, s2), TLane.Add(s1, s3)));
            }

            TLane.Store(s0, places + part);
            TLane.Store(s1, places + part + width);
            TLane.Store(s2, places + part + (2 * width));
            TLane.Store(s3, places + part + (3 * width));

            // what is left of this part's last stripe, at most 31 elements
            for (int rest = i; rest < count && rest < i + (4 * width); rest++)
            {
                places[part + (rest - i)] += b == null ? a[rest] : (double)a[rest] * b[rest];
            }
        }

        int half = Places / 2;
        for (; half >= width; half /= 2)
        {
            for (int p = 0; p < half; p += width)
            {
                TLane.Store(TLane.Add(TLane.Load(places + p), TLane.Load(places + half + p)), places + p);
            }
        }

        return TLane.FoldSum(TLane.Load(places));
    }
}
