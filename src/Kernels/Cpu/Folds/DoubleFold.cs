using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Sum, dot product and squared norm of single-precision vectors, accumulated in double: what gradient projections, norms and losses
/// are decided by. Blocks of <see cref="BlockSize"/> elements (each element in an accumulator of 32 by its place, merged halves upon halves) are
/// added in order, so lane width and thread count cannot change a bit.
/// </summary>
/// <remarks>
/// A sum's error is at most (n/<see cref="BlockSize"/> + 1029)·2⁻⁵³·Σ|aᵢ|. In a dot product elements i, i + 16, i + 32 and i + 48 of every 64 make one
/// single-precision sum of four products (three roundings each, a quarter of the conversions), which is added in double precision: the error is at most
/// (3·2⁻²⁴ + (n/<see cref="BlockSize"/> + 1029)·2⁻⁵³)·Σ|aᵢbᵢ|; fewer than 128 elements at the end have exact products. A block whose sum is not finite or below 2⁻¹⁰⁰, so
/// that products may have left single precision's range, is computed again from exact ones: the range is double precision's.
/// </remarks>
public static unsafe class DoubleFold
{
    /// <summary>Elements of one block: the piece that threads hand out.</summary>
    public const int BlockSize = 32768;

    private const int Places = 32;

    // what lanes that need several walks take at a time, whole stripes
    private const int Piece = 1024;

    // numbers of a cache line: the distance of the four elements of a quad, which come from neighbouring lines
    private const int Line = Streams.LineFloats;

    // 32,768 products that vanish in single precision, 2⁻¹⁴⁹ each, are 2⁻³⁴ of it
    private const double LeastOfQuads = 1.0 / (1L << 50) / (1L << 50);

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
        double sum = a == b ? Block<SquareTerm>(a, a, count, width) : Block<QuadTerm>(a, b, count, width);

        return InRange(sum) ? sum : Exact(a, b, count, width);
    }

    // beyond these bounds single-precision products may have overflowed or lost their last bits below the least normal number
    internal static bool InRange(double sum) => Math.Abs(sum) is >= LeastOfQuads and <= double.MaxValue;

    // a block's sum of exact products
    internal static double Exact(float* a, float* b, int count, LaneWidth width) => Block<ProductTerm>(a, b, count, width);

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
        int step = Step<TLane>(), piece = step == Line ? BlockSize : Piece;
        for (int start = 0; start < count; start += piece)
        {
            int end = int.Min(start + piece, count);
            for (int part = 0; part < Line; part += step)
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

    // places of a line that one walk sums: eight accumulators at most
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Step<TLane>() where TLane : struct, IDoubleLane<TLane> => int.Min(4 * TLane.Count, Line);

    // whole stripes into a step of places and the places a line further; at is where the step begins
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Walk<TTerm, TLane>(float* a, float* b, int at, int end, double* places)
        where TTerm : struct, ITerm
        where TLane : struct, IDoubleLane<TLane>
    {
        int width = TLane.Count, part = at % Line;
        bool four = Step<TLane>() == 4 * width; // lanes of a step; two where they fill a line
        var s0 = TLane.Load(places);
        var s1 = TLane.Load(places + width);
        var s2 = four ? TLane.Load(places + 2 * width) : TLane.Zero;
        var s3 = four ? TLane.Load(places + 3 * width) : TLane.Zero;
        var s4 = TLane.Load(places + Line);
        var s5 = TLane.Load(places + Line + width);
        var s6 = four ? TLane.Load(places + Line + 2 * width) : TLane.Zero;
        var s7 = four ? TLane.Load(places + Line + 3 * width) : TLane.Zero;
        if (TTerm.InQuads)
        {
            for (; at - part + (4 * Places) <= end; at += 4 * Places)
            {
                for (int line = 0; line < 4 * Places; line += Line)
                {
                    Streams.Prefetch(a + at + line, Line);
                    if (!TTerm.OneVector)
                        Streams.Prefetch(b + at + line, Line);
                }

                TTerm.Quads(ref s0, ref s1, a, b, at);
                TTerm.Quads(ref s4, ref s5, a, b, at + 2 * Places);
                if (four)
                {
                    TTerm.Quads(ref s2, ref s3, a, b, at + 2 * width);
                    TTerm.Quads(ref s6, ref s7, a, b, at + 2 * Places + 2 * width);
                }
            }
        }

        for (; at - part + Places <= end; at += Places)
        {
            Streams.Prefetch(a + at, Line);
            Streams.Prefetch(a + at + Line, Line);
            TTerm.Enter(ref s0, a, b, at);
            TTerm.Enter(ref s1, a, b, at + width);
            TTerm.Enter(ref s4, a, b, at + Line);
            TTerm.Enter(ref s5, a, b, at + Line + width);
            if (four)
            {
                TTerm.Enter(ref s2, a, b, at + 2 * width);
                TTerm.Enter(ref s3, a, b, at + 3 * width);
                TTerm.Enter(ref s6, a, b, at + Line + 2 * width);
                TTerm.Enter(ref s7, a, b, at + Line + 3 * width);
            }
        }

        TLane.Store(s0, places);
        TLane.Store(s1, places + width);
        TLane.Store(s4, places + Line);
        TLane.Store(s5, places + Line + width);
        if (four)
        {
            TLane.Store(s2, places + 2 * width);
            TLane.Store(s3, places + 3 * width);
            TLane.Store(s6, places + Line + 2 * width);
            TLane.Store(s7, places + Line + 3 * width);
        }
    }

    /// <summary>How numbers enter an accumulator.</summary>
    private interface ITerm
    {
        /// <summary>Whether stripes of 128 go in as <see cref="Quads"/>.</summary>
        static abstract bool InQuads { get; }

        /// <summary>Whether b is not read.</summary>
        static abstract bool OneVector { get; }

        /// <summary>Adds two lanes of elements from <paramref name="at"/> on together with those one, two and three <see cref="Line"/>s further.</summary>
        static abstract void Quads<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>;

        /// <summary>Adds a lane of elements.</summary>
        static abstract void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>;
    }

    private readonly struct SumTerm : ITerm
    {
        public static bool OneVector => true;

        public static bool InQuads => false;

        public static void Quads<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            sum = TLane.Add(sum, TLane.Widen(a + at));
    }

    private readonly struct ProductTerm : ITerm
    {
        public static bool OneVector => false;

        public static bool InQuads => false;

        public static void Quads<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane>
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            TLane.Accumulate(ref sum, TLane.Widen(a + at), TLane.Widen(b + at));
    }

    private readonly struct QuadTerm : ITerm
    {
        public static bool OneVector => false;

        public static bool InQuads => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Quads<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            TLane.AddQuads(ref lower, ref upper, a + at, b + at, Line);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            ProductTerm.Enter(ref sum, a, b, at);
    }

    /// <summary>The bits of <see cref="QuadTerm"/> of a vector and itself, which is read once.</summary>
    private readonly struct SquareTerm : ITerm
    {
        public static bool OneVector => true;

        public static bool InQuads => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Quads<TLane>(ref TLane lower, ref TLane upper, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            TLane.AddQuads(ref lower, ref upper, a + at, a + at, Line);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Enter<TLane>(ref TLane sum, float* a, float* b, int at) where TLane : struct, IDoubleLane<TLane> =>
            ProductTerm.Enter(ref sum, a, a, at);
    }
}
