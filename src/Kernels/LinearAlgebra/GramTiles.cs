using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// The products of all pairs of rows within one block of columns of <see cref="GramRows"/>. Up to 32 rows are widened 128 columns at a time, so that a number is
/// converted once and not once for every pair, and the eight places of every pair wait beside them in the first-level cache.
/// </summary>
internal static unsafe class GramTiles
{
    /// <summary>Accumulators of one sum: column c goes into the one numbered c mod 8.</summary>
    public const int Places = 8;

    private const int Side = 4; // of a tile
    private const int Panel = 32; // rows
    private const int Span = 128; // columns that are widened at a time
    private const int Line = 16; // floats of a cache line
    private const int TileSize = Side * Side * Places;

    /// <summary>Adds the products of rows i ≤ j to K [count, count].</summary>
    /// <param name="rows">Row i begins at rows + i·stride.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Rows.</param>
    /// <param name="columns">Columns of the block.</param>
    /// <param name="gram">K.</param>
    [SkipLocalsInit]
    public static void Add<TLane>(float* rows, nint stride, int count, int columns, double* gram) where TLane : struct, IDoubleLane<TLane>
    {
        int most = Math.Min(count, Panel), tiles = (most + Side - 1) / Side;
        int wide = (count > Panel ? 2 : 1) * most * Span;
        double* memory = stackalloc double[wide + (tiles * tiles * TileSize) + Places];
        double* x = (double*)(((nint)memory + 63) & ~63), sums = x + wide;
        for (int i = 0; i < count; i += Panel)
        {
            for (int j = i; j < count; j += Panel)
                Pair<TLane>(rows, stride, columns, gram, count, i, j, x, sums);
        }
    }

    // rows of the panel that begins at i against those of the one that begins at j
    private static void Pair<TLane>(float* rows, nint stride, int columns, double* gram, int count, int i, int j, double* x, double* sums) where TLane : struct, IDoubleLane<TLane>
    {
        int height = Math.Min(Panel, count - i), width = Math.Min(Panel, count - j), across = (width + Side - 1) / Side, down = (height + Side - 1) / Side;
        int whole = columns / Places * Places;
        double* other = i == j ? x : x + (height * Span);
        int tiles = i == j ? down * (down + 1) / 2 : down * across;
        new Span<double>(sums, down * across * TileSize).Clear();
        for (int start = 0; start < whole; start += Span)
        {
            int span = Math.Min(Span, whole - start);
            Widen<TLane>(rows + (i * stride) + start, stride, height, span, x);
            if (i != j)
                Widen<TLane>(rows + (j * stride) + start, stride, width, span, other);
            int tile = 0, fetched = 0;
            for (int r = 0; r < down; r++)
            {
                for (int c = i == j ? r : 0; c < across; c++)
                {
                    // the next columns of some rows come while this tile is worked
                    for (int until = ++tile * height / tiles; fetched < until && start + span < whole; fetched++)
                        Fetch(rows + ((i + fetched) * stride) + start + span);
                    double* places = sums + (((r * across) + c) * TileSize);
                    bool diagonal = i == j && r == c;
                    if (TLane.Count == Places)
                    {
                        if (diagonal)
                            Tile<TLane, DiagonalFour>(x, Side * r, height, other, Side * c, width, span, places);
                        else
                            Tile<TLane, WholeFour>(x, Side * r, height, other, Side * c, width, span, places);
                    }
                    else if (diagonal)
                    {
                        Tile<TLane, DiagonalUpperTwo>(x, Side * r, height, other, Side * c, width, span, places);
                        Tile<TLane, DiagonalLowerTwo>(x, (Side * r) + 2, height, other, Side * c, width, span, places + (2 * Side * Places));
                    }
                    else
                    {
                        Tile<TLane, WholeTwo>(x, Side * r, height, other, Side * c, width, span, places);
                        Tile<TLane, WholeTwo>(x, (Side * r) + 2, height, other, Side * c, width, span, places + (2 * Side * Places));
                    }
                }
            }
        }

        for (int r = 0; r < height; r++)
        {
            for (int c = i == j ? r : 0; c < width; c++)
            {
                double* places = sums + ((((r / Side * across) + (c / Side)) * TileSize) + (((r % Side * Side) + (c % Side)) * Places));
                gram[((long)(i + r) * count) + j + c] += Merge(rows + ((i + r) * stride), rows + ((j + c) * stride), whole, columns, places);
            }
        }
    }

    private static void Fetch(float* columns)
    {
        if (!Sse.IsSupported)
            return;
        for (int c = 0; c < Span; c += Line)
            Sse.Prefetch1(columns + c);
    }

    private static void Widen<TLane>(float* rows, nint stride, int count, int span, double* x) where TLane : struct, IDoubleLane<TLane>
    {
        for (int r = 0; r < count; r++)
        {
            float* row = rows + (r * stride);
            double* wide = x + (r * Span);
            for (int c = 0; c < span; c += TLane.Count)
                TLane.Store(TLane.Widen(row + c), wide + c);
        }
    }

    // rows beyond the end are the last one again; their products are not used
    private static double* At(double* x, int row, int count) => x + (Math.Min(row, count - 1) * Span);

    // four columns of b against four rows of a, or two where registers are few; lanes that hold fewer than the eight places walk over the columns once for
    // every part of them. What a tile on the diagonal lacks vanishes from its code.
    private static void Tile<TLane, TTile>(double* a, int i, int height, double* b, int j, int width, int span, double* tile)
        where TLane : struct, IDoubleLane<TLane>
        where TTile : struct, IGramTile
    {
        double* a0 = At(a, i, height), a1 = At(a, i + 1, height), a2 = At(a, i + 2, height), a3 = At(a, i + 3, height);
        double* b0 = At(b, j, width), b1 = At(b, j + 1, width), b2 = At(b, j + 2, width), b3 = At(b, j + 3, width);
        for (int part = 0; part < Places; part += TLane.Count)
        {
            double* at = tile + part;
            TLane s00 = TLane.Load(at), s01 = TLane.Load(at + 8), s02 = TLane.Load(at + 16), s03 = TLane.Load(at + 24);
            TLane s10 = TLane.Load(at + 32), s11 = TLane.Load(at + 40), s12 = TLane.Load(at + 48), s13 = TLane.Load(at + 56);
            TLane s20 = default, s21 = default, s22 = default, s23 = default;
            TLane s30 = default, s31 = default, s32 = default, s33 = default;
            if (TTile.Rows > 2)
            {
                (s20, s21, s22, s23) = (TLane.Load(at + 64), TLane.Load(at + 72), TLane.Load(at + 80), TLane.Load(at + 88));
                (s30, s31, s32, s33) = (TLane.Load(at + 96), TLane.Load(at + 104), TLane.Load(at + 112), TLane.Load(at + 120));
            }

            for (nint c = part; c < span; c += Places)
            {
                TLane x0 = TLane.Load(b0 + c), x1 = TLane.Load(b1 + c), x2 = TLane.Load(b2 + c), x3 = TLane.Load(b3 + c), y = TLane.Load(a0 + c);
                if (0 >= 0 + TTile.From) TLane.Accumulate(ref s00, y, x0);
                if (1 >= 0 + TTile.From) TLane.Accumulate(ref s01, y, x1);
                if (2 >= 0 + TTile.From) TLane.Accumulate(ref s02, y, x2);
                if (3 >= 0 + TTile.From) TLane.Accumulate(ref s03, y, x3);
                y = TLane.Load(a1 + c);
                if (0 >= 1 + TTile.From) TLane.Accumulate(ref s10, y, x0);
                if (1 >= 1 + TTile.From) TLane.Accumulate(ref s11, y, x1);
                if (2 >= 1 + TTile.From) TLane.Accumulate(ref s12, y, x2);
                if (3 >= 1 + TTile.From) TLane.Accumulate(ref s13, y, x3);
                if (TTile.Rows > 2)
                {
                    y = TLane.Load(a2 + c);
                    if (0 >= 2 + TTile.From) TLane.Accumulate(ref s20, y, x0);
                    if (1 >= 2 + TTile.From) TLane.Accumulate(ref s21, y, x1);
                    if (2 >= 2 + TTile.From) TLane.Accumulate(ref s22, y, x2);
                    if (3 >= 2 + TTile.From) TLane.Accumulate(ref s23, y, x3);
                    y = TLane.Load(a3 + c);
                    if (0 >= 3 + TTile.From) TLane.Accumulate(ref s30, y, x0);
                    if (1 >= 3 + TTile.From) TLane.Accumulate(ref s31, y, x1);
                    if (2 >= 3 + TTile.From) TLane.Accumulate(ref s32, y, x2);
                    if (3 >= 3 + TTile.From) TLane.Accumulate(ref s33, y, x3);
                }
            }

            Store(at, s00, s01, s02, s03);
            Store(at + 32, s10, s11, s12, s13);
            if (TTile.Rows > 2)
            {
                Store(at + 64, s20, s21, s22, s23);
                Store(at + 96, s30, s31, s32, s33);
            }
        }
    }

    private static void Store<TLane>(double* to, TLane s0, TLane s1, TLane s2, TLane s3) where TLane : struct, IDoubleLane<TLane>
    {
        TLane.Store(s0, to);
        TLane.Store(s1, to + Places);
        TLane.Store(s2, to + (2 * Places));
        TLane.Store(s3, to + (3 * Places));
    }

    /// <summary>The sum of the eight places after the columns from <paramref name="done"/> on have joined them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Merge(float* a, float* b, int done, int columns, double* places)
    {
        for (int c = done; c < columns; c++)
            places[c - done] = Math.FusedMultiplyAdd(a[c], b[c], places[c - done]);
        return (places[0] + places[4] + (places[2] + places[6])) + (places[1] + places[5] + (places[3] + places[7]));
    }

    /// <summary>A tile of four columns: how many rows, and which pairs are wanted.</summary>
    private interface IGramTile
    {
        /// <summary>Rows, 4 or 2.</summary>
        static abstract int Rows { get; }

        /// <summary>Row r is multiplied with the columns from r + From on.</summary>
        static abstract int From { get; }
    }

    private readonly struct WholeFour : IGramTile
    {
        public static int Rows => 4;

        public static int From => -4;
    }

    private readonly struct DiagonalFour : IGramTile
    {
        public static int Rows => 4;

        public static int From => 0;
    }

    private readonly struct WholeTwo : IGramTile
    {
        public static int Rows => 2;

        public static int From => -4;
    }

    private readonly struct DiagonalUpperTwo : IGramTile
    {
        public static int Rows => 2;

        public static int From => 0;
    }

    private readonly struct DiagonalLowerTwo : IGramTile
    {
        public static int Rows => 2;

        public static int From => 2;
    }
}
