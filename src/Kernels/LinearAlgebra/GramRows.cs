using System.Runtime.CompilerServices;
using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Inner products of a few long rows, K = GGᵀ for G [n, p] in float32 with p much larger than n, in double precision: products are exact, and every
/// sum runs over blocks of 4,096 columns that are added in order. One reading of G: a block of all rows stays in cache while its products are taken.
/// </summary>
/// <remarks>
/// Entry (i, j) is the same bits in any lane width, for any number of threads, in the whole matrix or in one row of it, and equal to entry (j, i):
/// column c of a block goes into accumulator c mod 8, the eight are merged halves upon halves. Error at most (p/4096 + 520)·2⁻⁵³·Σ|a_c·b_c|.
/// </remarks>
public static unsafe class GramRows
{
    /// <summary>Columns of one block.</summary>
    public const int Block = 4096;

    private const int MostChunks = 32;
    private const int Places = 8;

    /// <summary>Writes K [n, n], both triangles.</summary>
    /// <param name="rows">G: row i begins at rows + i·stride.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Rows n.</param>
    /// <param name="columns">Columns p.</param>
    /// <param name="gram">K [n, n].</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    public static void Whole(float* rows, nint stride, int count, long columns, double* gram, WorkSplitter? splitter = null) =>
        Run(rows, stride, count, columns, -1, gram, splitter, LaneWidths.Widest);

    /// <summary>Writes the inner products of one row with all rows [n]: what changes in K when that row has changed.</summary>
    public static void Row(float* rows, nint stride, int count, long columns, int row, double* products, WorkSplitter? splitter = null) =>
        Run(rows, stride, count, columns, row, products, splitter, LaneWidths.Widest);

    /// <summary>Either of the two, in a given lane width; every width gives the same bits.</summary>
    /// <param name="rows">G.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Rows n.</param>
    /// <param name="columns">Columns p.</param>
    /// <param name="row">The row whose products are wanted; −1 for the whole matrix.</param>
    /// <param name="result">[n] or [n, n].</param>
    /// <param name="splitter">Threads.</param>
    /// <param name="width">Lane width.</param>
    public static void Run(float* rows, nint stride, int count, long columns, int row, double* result, WorkSplitter? splitter, LaneWidth width)
    {
        int entries = row < 0 ? checked(count * count) : count;
        long blocks = (columns + Block - 1) / Block;
        int chunks = (int)Math.Min(MostChunks, blocks);
        new Span<double>(result, entries).Clear();
        if (entries == 0 || chunks == 0)
            return;
        double* parts = (double*)AlignedMemory.Scratch(checked((nint)chunks * entries * 2));
        var body = new ChunkBody
        {
            Rows = rows, Stride = stride, Count = count, Columns = columns, Row = row, Parts = parts, Entries = entries, Blocks = blocks, Chunks = chunks, Width = width,
        };
        (splitter ?? Products.Serial).Run(chunks, ref body);
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            for (int e = 0; e < entries; e++)
                result[e] += parts[(long)chunk * entries + e];
        }

        for (int i = 1; i < count && row < 0; i++)
        {
            for (int j = 0; j < i; j++)
                result[(long)i * count + j] = result[(long)j * count + i];
        }
    }

    private struct ChunkBody : IChunkBody
    {
        internal float* Rows;
        internal nint Stride;
        internal int Count, Row, Entries, Chunks;
        internal long Columns, Blocks;
        internal double* Parts;
        internal LaneWidth Width;

        public readonly void Execute(int chunk)
        {
            double* part = Parts + (long)chunk * Entries;
            new Span<double>(part, Entries).Clear();
            long end = (chunk + 1) * Blocks / Chunks;
            for (long block = chunk * Blocks / Chunks; block < end; block++)
            {
                long start = block * Block;
                int columns = (int)Math.Min(Block, Columns - start);
                switch (Width)
                {
                    case LaneWidth.Sixteen:
                        Add<DoubleLane8>(Rows + start, columns, part);
                        break;
                    case LaneWidth.Eight:
                        Add<DoubleLane4>(Rows + start, columns, part);
                        break;
                    case LaneWidth.Four:
                        Add<DoubleLane2>(Rows + start, columns, part);
                        break;
                    default:
                        Add<DoubleLane1>(Rows + start, columns, part);
                        break;
                }
            }
        }

        // the tiles of one block of columns; the whole matrix needs those on and above the diagonal only
        private readonly void Add<TLane>(float* block, int columns, double* part) where TLane : struct, IDoubleLane<TLane>
        {
            double* tile = stackalloc double[16];
            int first = Row < 0 ? 0 : Row, last = Row < 0 ? Count : Row + 1;
            for (int i = first; i < last; i += 4)
            {
                for (int j = Row < 0 ? i : 0; j < Count; j += 4)
                {
                    // rows beyond the end are the last one again; their products are not used
                    float* a0 = At(block, i), a1 = At(block, Math.Min(i + 1, last - 1)), a2 = At(block, Math.Min(i + 2, last - 1)), a3 = At(block, Math.Min(i + 3, last - 1));
                    float* b0 = At(block, j), b1 = At(block, Math.Min(j + 1, Count - 1)), b2 = At(block, Math.Min(j + 2, Count - 1)), b3 = At(block, Math.Min(j + 3, Count - 1));
                    if (Row >= 0)
                    {
                        One<TLane>(a0, b0, b1, b2, b3, columns, tile);
                    }
                    else if (TLane.Count == Places)
                    {
                        Sixteen<TLane>(a0, a1, a2, a3, b0, b1, b2, b3, columns, tile);
                    }
                    else
                    {
                        One<TLane>(a0, b0, b1, b2, b3, columns, tile);
                        One<TLane>(a1, b0, b1, b2, b3, columns, tile + 4);
                        One<TLane>(a2, b0, b1, b2, b3, columns, tile + 8);
                        One<TLane>(a3, b0, b1, b2, b3, columns, tile + 12);
                    }

                    int height = Math.Min(4, last - i), width = Math.Min(4, Count - j);
                    for (int r = 0; r < height; r++)
                    {
                        double* target = part + (Row < 0 ? (long)(i + r) * Count : 0) + j;
                        for (int c = 0; c < width; c++)
                            target[c] += tile[4 * r + c];
                    }
                }
            }
        }

        private readonly float* At(float* block, int row) => block + row * Stride;
    }

    // 16 accumulators of eight places: rows a0 to a3 against rows b0 to b3, for lanes that hold all eight
    private static void Sixteen<TLane>(
        float* a0, float* a1, float* a2, float* a3, float* b0, float* b1, float* b2, float* b3, int columns, double* tile) where TLane : struct, IDoubleLane<TLane>
    {
        var s00 = TLane.Zero;
        TLane s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00;
        TLane s20 = s00, s21 = s00, s22 = s00, s23 = s00, s30 = s00, s31 = s00, s32 = s00, s33 = s00;
        int c = 0;
        for (; c + Places <= columns; c += Places)
        {
            TLane x0 = TLane.Widen(b0 + c), x1 = TLane.Widen(b1 + c), x2 = TLane.Widen(b2 + c), x3 = TLane.Widen(b3 + c);
            TLane y = TLane.Widen(a0 + c);
            s00 = TLane.MultiplyAdd(y, x0, s00);
            s01 = TLane.MultiplyAdd(y, x1, s01);
            s02 = TLane.MultiplyAdd(y, x2, s02);
            s03 = TLane.MultiplyAdd(y, x3, s03);
            y = TLane.Widen(a1 + c);
            s10 = TLane.MultiplyAdd(y, x0, s10);
            s11 = TLane.MultiplyAdd(y, x1, s11);
            s12 = TLane.MultiplyAdd(y, x2, s12);
            s13 = TLane.MultiplyAdd(y, x3, s13);
            y = TLane.Widen(a2 + c);
            s20 = TLane.MultiplyAdd(y, x0, s20);
            s21 = TLane.MultiplyAdd(y, x1, s21);
            s22 = TLane.MultiplyAdd(y, x2, s22);
            s23 = TLane.MultiplyAdd(y, x3, s23);
            y = TLane.Widen(a3 + c);
            s30 = TLane.MultiplyAdd(y, x0, s30);
            s31 = TLane.MultiplyAdd(y, x1, s31);
            s32 = TLane.MultiplyAdd(y, x2, s32);
            s33 = TLane.MultiplyAdd(y, x3, s33);
        }

        double* p = stackalloc double[Places];
        tile[0] = Finish(s00, a0, b0, c, columns, p);
        tile[1] = Finish(s01, a0, b1, c, columns, p);
        tile[2] = Finish(s02, a0, b2, c, columns, p);
        tile[3] = Finish(s03, a0, b3, c, columns, p);
        tile[4] = Finish(s10, a1, b0, c, columns, p);
        tile[5] = Finish(s11, a1, b1, c, columns, p);
        tile[6] = Finish(s12, a1, b2, c, columns, p);
        tile[7] = Finish(s13, a1, b3, c, columns, p);
        tile[8] = Finish(s20, a2, b0, c, columns, p);
        tile[9] = Finish(s21, a2, b1, c, columns, p);
        tile[10] = Finish(s22, a2, b2, c, columns, p);
        tile[11] = Finish(s23, a2, b3, c, columns, p);
        tile[12] = Finish(s30, a3, b0, c, columns, p);
        tile[13] = Finish(s31, a3, b1, c, columns, p);
        tile[14] = Finish(s32, a3, b2, c, columns, p);
        tile[15] = Finish(s33, a3, b3, c, columns, p);
    }

    private static double Finish<TLane>(TLane sum, float* a, float* b, int done, int columns, double* places) where TLane : struct, IDoubleLane<TLane>
    {
        TLane.Store(sum, places);
        return Merge(a, b, done, columns, places);
    }

    // one row against four; lanes of fewer than eight walk over the block (in the first-level cache) once for every part of the eight places
    private static void One<TLane>(float* a, float* b0, float* b1, float* b2, float* b3, int columns, double* tile) where TLane : struct, IDoubleLane<TLane>
    {
        double* p = stackalloc double[4 * Places];
        int whole = columns / Places * Places;
        for (int part = 0; part < Places; part += TLane.Count)
        {
            var s0 = TLane.Zero;
            TLane s1 = s0, s2 = s0, s3 = s0;
            for (int c = part; c < whole; c += Places)
            {
                TLane y = TLane.Widen(a + c);
                s0 = TLane.MultiplyAdd(y, TLane.Widen(b0 + c), s0);
                s1 = TLane.MultiplyAdd(y, TLane.Widen(b1 + c), s1);
                s2 = TLane.MultiplyAdd(y, TLane.Widen(b2 + c), s2);
                s3 = TLane.MultiplyAdd(y, TLane.Widen(b3 + c), s3);
            }

            TLane.Store(s0, p + part);
            TLane.Store(s1, p + Places + part);
            TLane.Store(s2, p + 2 * Places + part);
            TLane.Store(s3, p + 3 * Places + part);
        }

        tile[0] = Merge(a, b0, whole, columns, p);
        tile[1] = Merge(a, b1, whole, columns, p + Places);
        tile[2] = Merge(a, b2, whole, columns, p + 2 * Places);
        tile[3] = Merge(a, b3, whole, columns, p + 3 * Places);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Merge(float* a, float* b, int done, int columns, double* p)
    {
        for (int c = done; c < columns; c++)
            p[c - done] = Math.FusedMultiplyAdd(a[c], b[c], p[c - done]);
        return (p[0] + p[4] + (p[2] + p[6])) + (p[1] + p[5] + (p[3] + p[7]));
    }
}
