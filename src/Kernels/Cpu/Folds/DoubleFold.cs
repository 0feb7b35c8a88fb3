using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Sum, dot product and squared norm of single-precision vectors, accumulated in double: what gradient projections, norms and losses
/// are decided by. Blocks of <see cref="BlockSize"/> elements (each element in an accumulator of 32 by its place, merged halves upon halves) are
/// added in order, so lane width and thread count cannot change a bit.
/// </summary>
/// <remarks>
/// A sum's error is at most (n/<see cref="BlockSize"/> + 517)·2⁻⁵³·Σ|aᵢ|. In a dot product elements i and i + 16 of every 32 make one single-precision
/// aᵢbᵢ + aᵢ₊₁₆bᵢ₊₁₆ (two roundings, half the conversions), which is added in double precision: the error is at most
/// (2⁻²³ + (n/<see cref="BlockSize"/> + 517)·2⁻⁵³)·Σ|aᵢbᵢ|; fewer than 64 elements at the end have exact products. A block whose sum is not finite or below 2⁻¹⁰⁰, so
/// that products may have left single precision's range, is computed again from exact ones: the range is double precision's.
/// </remarks>
public static unsafe class DoubleFold
{
    /// <summary>Elements of one block: the piece that threads hand out.</summary>
    public const int BlockSize = 16384;

    private const int Places = 32;

    // what lanes that need several walks take at a time, whole stripes
    private const int Piece = 1024;

    // numbers of a cache line: the distance of the two elements of a pair, so that pairs come from neighbouring lines
    private const int Line = Streams.LineFloats;

    // 16,384 products that vanish in single precision, 2⁻¹⁴⁹ each, are 2⁻³⁵ of it
    private const double LeastOfPairs = 1.0 / (1L << 50) / (1L << 50);

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

    private static double Block(float* a, float* b, int count, LaneWidth width)
    {
        if (b == null)
            return Block<SumTerm>(a, b, count, width);
        double sum = a == b ? Block<SquareTerm>(a, b, count, width) : Block<PairTerm>(a, b, count, width);

        // beyond these bounds single-precision products may have overflowed or lost their last bits below the least normal number
        return Math.Abs(sum) is >= LeastOfPairs and <= double.MaxValue ? sum : Block<ProductTerm>(a, b, count, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Block<TTerm>(float* a, float* b, int count, LaneWidth width) where TTerm : struct, ITerm => width switch
    {
        LaneWidth.Sixteen => Block<TTerm, DoubleLane8>(a, b, count),
        LaneWidth.Eight => Block<TTerm, DoubleLane4>(a, b, count),
        LaneWidth.Four => Block<TTerm, DoubleLane2>(a, b, count),
        _ => Block<TTerm, DoubleLane1>(a, b, count),
    };

    private static double Block<TTerm, TLane>(float* a, float* b, int count)
        where TTerm : struct, ITerm
        where TLane : struct, IDoubleLane<TLane>
    {
        int width = TLane.Count;
        double* places = stackalloc double[Places];
        new Span<double>(places, Places).Clear();

        // narrower lanes walk more than once over every line, in pieces that stay in the first-level cache
        int piece = 2 * width == Line ? BlockSize : Piece;
        for (int start = 0; start < count; start += piece)
        {
            int end = int.Min(start + piece, count);
            for (int part = 0; part < Line; part += 2 * width)
            {
                Walk<TTerm, TLane>(a, b, start + part, end, places + part);
            }
        }

        // fewer than a stripe
        for (int rest = count - (count % Places); rest < count; rest++)
        {
            var place = DoubleLane1.Load(places + (rest % Places));
            TTerm.Enter(ref place, a, b, rest);
            DoubleLane1.Store(place, places + (rest % Places));
        }

        for (int half = Places / 2; half >= width; half /= 2)
        {
            for (int p = 0; p < half; p += width)
            {
                TLane.Store(TLane.Add(TLane.Load(places + p), TLane.Load(places + half + p)), places + p);
            }
        }

        return TLane.FoldSum(TLane.Load(places));
    }

    // whole stripes into two lanes of places and the two a line further; at is where the first lane begins
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Walk<TTerm, TLane>(float* a, float* b, int at, int end, double* places)
        where TTerm : struct, ITerm
        where TLane : struct, IDoubleLane<TLane>
    {
        int width = TLane.Count;
        var s0 = TLane.Load(places);
        var s1 = TLane.Load(places + width);
        var s2 = TLane.Load(places + Line);
        var s3 = TLane.Load(places + Line + width);
        int part = at % Line;
        if (TTerm.InPairs)
        {
            for (; at - part + (2 * Places) <= end; at += 2 * Places)
            {
                for (int line = 0; line < 2 * Places; line += Line)
                {
                    Streams.Prefetch(a + at + line, 2 * width);
                    if (!TTerm.OneVector)
                        Streams.Prefetch(b + at + line, 2 * width);
                }

                TTerm.Pairs(ref s0, ref s1, a, b, at);
                TTerm.Pairs(ref s2, ref s3, a, b, at + Places);
            }
        }

        for (; at - part + Places <= end; at += Places)
        {
            Streams.Prefetch(a + at, 2 * width);
            Streams.Prefetch(a + at + Line, 2 * width);
            TTerm.Enter(ref s0, a, b, at);
            TTerm.Enter(ref s1, a, b, at + width);
            TTerm.Enter(ref s2, a, b, at + Line);
            TTerm.Enter(ref s3, a, b, at + Line + width);
        }

        TLane.Store(s0, places);
        TLane.Store(s1, places + width);
        TLane.Store(s2, places + Line);
        TLane.Store(s3, places + Line + width);
    }

    /// <summary>How numbers enter an accumulator.</summary>
    private interface ITerm
    {
        /// <summary>Whether whole stripes of 64 go in as <see cref="Pairs"/>.</summary>
        static abstract bool InPairs { get; }

        /// <summary>Whether b is not read.</summary>
        static abstract bool OneVector { get; }

        /// <summary>Adds two lanes of elements from <paramref name="at"/> on together with those a <see cref="Line"/> further.</summary>
        static abstract void Pairs<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>;

        /// <summary>Adds a lane of elements.</summary>
        static abstract void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>;
    }

    private readonly struct SumTerm : ITerm
    {
        public static bool OneVector => true;

        public static bool InPairs => false;

        public static void Pairs<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            sum = TLane.Add(sum, TLane.Widen(a + at));
    }

    private readonly struct ProductTerm : ITerm
    {
        public static bool OneVector => false;

        public static bool InPairs => false;

        public static void Pairs<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            TLane.Accumulate(ref sum, TLane.Widen(a + at), TLane.Widen(b + at));
    }

    private readonly struct PairTerm : ITerm
    {
        public static bool OneVector => false;

        public static bool InPairs => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Pairs<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            TLane.AddPairs(ref lower, ref upper, a + at, b + at, Line);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            ProductTerm.Enter(ref sum, a, b, at);
    }

    /// <summary>The bits of <see cref="PairTerm"/> of a vector and itself, which is read once.</summary>
    private readonly struct SquareTerm : ITerm
    {
        public static bool OneVector => true;

        public static bool InPairs => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Pairs<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            TLane.AddSquares(ref lower, ref upper, a + at, Line);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            ProductTerm.Enter(ref sum, a, a, at);
    }
}
