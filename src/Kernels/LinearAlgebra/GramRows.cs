using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Inner products of a few long rows, K = GGᵀ for G [n, p] in float32 with p much larger than n. Every sum runs over blocks of 4,096 columns that are added in
/// order in double precision. One reading of G: a block of all rows stays in cache while its products are taken.
/// </summary>
/// <remarks>
/// Entry (i, j) is the same bits in any lane width, for any number of threads, in the whole matrix or (<see cref="GramPrecision.Double"/>) in one row of it, and
/// equal to entry (j, i): column c of a block goes into accumulator c mod 8, the eight are merged halves upon halves. Error at most
/// (p/4096 + 520)·2⁻⁵³·Σ|a_c·b_c| for <see cref="GramPrecision.Double"/>, 2⁻¹⁹·Σ|a_c·b_c| more for <see cref="GramPrecision.Mixed"/>.
/// </remarks>
public static unsafe class GramRows
{
    /// <summary>Columns of one block.</summary>
    public const int Block = 4096;

    private const int MostChunks = 32;
    private const int Ahead = 512; // columns asked for before they are needed, by the products of one row
    private const int Places = GramTile.Places;

    /// <summary>Writes K [n, n], both triangles.</summary>
    /// <param name="rows">G: row i begins at rows + i·stride.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Rows n.</param>
    /// <param name="columns">Columns p.</param>
    /// <param name="gram">K [n, n].</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    /// <param name="precision">How products are summed.</param>
    public static void Whole(float* rows, nint stride, int count, long columns, double* gram, WorkSplitter? splitter = null, GramPrecision precision = GramPrecision.Double) =>
        Run(rows, stride, count, columns, -1, gram, splitter, LaneWidths.Widest, precision);

    /// <summary>Writes the inner products of one row with all rows [n]: what changes in K when that row has changed.</summary>
    public static void Row(float* rows, nint stride, int count, long columns, int row, double* products, WorkSplitter? splitter = null) =>
        Run(rows, stride, count, columns, row, products, splitter, LaneWidths.Widest);

    /// <summary>
    /// How far rows are from depending on each other: the smallest squared distance of a row, brought to length 1, from the span of those before it. 0 where
    /// rows depend on each other to within rounding.
    /// </summary>
    /// <param name="gram">K, entry (i, j) at i·stride + j; positive diagonal.</param>
    /// <param name="stride">Numbers from one row of K to the next.</param>
    /// <param name="count">Rows n.</param>
    /// <param name="scratch">[n, n].</param>
    public static double Independence(ReadOnlySpan<double> gram, int stride, int count, Span<double> scratch)
    {
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
                scratch[(i * count) + j] = i == j ? 1 : gram[(i * stride) + j] / Math.Sqrt(gram[i * (stride + 1)] * gram[j * (stride + 1)]);
        }

        fixed (double* k = scratch)
        {
            double smallest = CholeskyFactor.Factor(k, count);
            return smallest * smallest;
        }
    }

    /// <summary>Either of the two, in a given lane width; every width gives the same bits.</summary>
    /// <param name="rows">G.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Rows n.</param>
    /// <param name="columns">Columns p.</param>
    /// <param name="row">The row whose products are wanted; −1 for the whole matrix.</param>
    /// <param name="result">[n] or [n, n].</param>
    /// <param name="splitter">Threads.</param>
    /// <param name="width">Lane width.</param>
    /// <param name="precision">How products are summed; a single row is always summed in double precision.</param>
    public static void Run(
        float* rows, nint stride, int count, long columns, int row, double* result, WorkSplitter? splitter, LaneWidth width, GramPrecision precision = GramPrecision.Double)
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
            Rows = rows, Stride = stride, Count = count, Columns = columns, Row = row, Parts = parts, Entries = entries, Blocks = blocks, Chunks = chunks, Width = width, Mixed = precision == GramPrecision.Mixed,
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
        internal bool Mixed;

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
                        Add<Lane16, DoubleLane8>(Rows + start, columns, part);
                        break;
                    case LaneWidth.Eight:
                        Add<Lane8, DoubleLane4>(Rows + start, columns, part);
                        break;
                    case LaneWidth.Four:
                        Add<Lane4, DoubleLane2>(Rows + start, columns, part);
                        break;
                    default:
                        Add<Lane1, DoubleLane1>(Rows + start, columns, part);
                        break;
                }
            }
        }

        private readonly void Add<TLane, TDouble>(float* block, int columns, double* part) where TLane : struct, ILane<TLane> where TDouble : struct, IDoubleLane<TDouble>
        {
            if (Row < 0)
            {
                if (Mixed)
                    GramTiles<MixedGramSums<TLane, TDouble>>.Add(block, Stride, Count, columns, part);
                else
                    GramTiles<DoubleGramSums<TDouble>>.Add(block, Stride, Count, columns, part);
                return;
            }

            double* four = stackalloc double[4];
            for (int j = 0; j < Count; j += 4)
            {
                // rows beyond the end are the last one again; their products are not used
                One<TDouble>(At(block, Row), At(block, j), At(block, Math.Min(j + 1, Count - 1)), At(block, Math.Min(j + 2, Count - 1)), At(block, Math.Min(j + 3, Count - 1)), columns, four);
                for (int c = 0; c < Math.Min(4, Count - j); c++)
                    part[j + c] += four[c];
            }
        }

        private readonly float* At(float* block, int row) => block + row * Stride;
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
                if ((c & Places) == 0 && part == 0)
                {
                    GramTile.Fetch(b0 + c + Ahead, b1 + c + Ahead);
                    GramTile.Fetch(b2 + c + Ahead, b3 + c + Ahead);
                }

                TLane y = TLane.Widen(a + c);
                TLane.Accumulate(ref s0, y, TLane.Widen(b0 + c));
                TLane.Accumulate(ref s1, y, TLane.Widen(b1 + c));
                TLane.Accumulate(ref s2, y, TLane.Widen(b2 + c));
                TLane.Accumulate(ref s3, y, TLane.Widen(b3 + c));
            }

            TLane.Store(s0, p + part);
            TLane.Store(s1, p + Places + part);
            TLane.Store(s2, p + 2 * Places + part);
            TLane.Store(s3, p + 3 * Places + part);
        }

        tile[0] = GramTile.Merge(a, b0, whole, columns, p);
        tile[1] = GramTile.Merge(a, b1, whole, columns, p + Places);
        tile[2] = GramTile.Merge(a, b2, whole, columns, p + 2 * Places);
        tile[3] = GramTile.Merge(a, b3, whole, columns, p + 3 * Places);
    }
}
