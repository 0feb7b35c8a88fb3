using System.Runtime.CompilerServices;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// The products of all pairs of rows within one block of columns of <see cref="GramRows"/>. Up to 32 rows are staged one span of columns at a time, and the eight
/// double-precision places of every pair wait beside them in the first-level cache.
/// </summary>
/// <typeparam name="TSums">How rows are staged and a tile of pairs is summed over a span.</typeparam>
internal static unsafe class GramTiles<TSums> where TSums : struct, IGramSums
{
    private const int Side = GramTile.Side;
    private const int Panel = 32; // rows
    private const int TileSize = Side * Side * GramTile.Places;

    /// <summary>Adds the products of rows i ≤ j to K [count, count].</summary>
    /// <param name="rows">Row i begins at rows + i·stride.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Rows.</param>
    /// <param name="columns">Columns of the block.</param>
    /// <param name="gram">K.</param>
    [SkipLocalsInit]
    public static void Add(float* rows, nint stride, int count, int columns, double* gram)
    {
        int most = Math.Min(count, Panel), tiles = (most + Side - 1) / Side;
        int staged = (count > Panel ? 2 : 1) * most * TSums.StagedBytes;
        byte* memory = stackalloc byte[staged + (tiles * tiles * TileSize * sizeof(double)) + 64];
        byte* x = (byte*)(((nint)memory + 63) & ~63);
        for (int i = 0; i < count; i += Panel)
        {
            for (int j = i; j < count; j += Panel)
                Pair(rows, stride, columns, gram, count, i, j, x, (double*)(x + staged));
        }
    }

    // rows of the panel that begins at i against those of the one that begins at j
    private static void Pair(float* rows, nint stride, int columns, double* gram, int count, int i, int j, byte* x, double* sums)
    {
        int height = Math.Min(Panel, count - i), width = Math.Min(Panel, count - j), across = (width + Side - 1) / Side, down = (height + Side - 1) / Side;
        int whole = columns / TSums.Step * TSums.Step;
        byte* other = i == j ? x : x + (height * TSums.StagedBytes);
        new Span<double>(sums, down * across * TileSize).Clear();
        for (int start = 0; start < whole; start += TSums.Span)
        {
            int span = Math.Min(TSums.Span, whole - start);
            TSums.Stage(rows + (i * stride) + start, stride, height, span, x);
            if (i != j)
                TSums.Stage(rows + (j * stride) + start, stride, width, span, other);
            int fetched = start + span < whole ? 0 : height;
            for (int r = 0; r < down; r++)
            {
                for (int c = i == j ? r : 0; c < across; c++)
                {
                    // the next columns of some rows come while this tile is worked
                    float* ahead = Next(rows + (i * stride), stride, ref fetched, height, start + span), further = Next(rows + (i * stride), stride, ref fetched, height, start + span);
                    var pair = new GramTile(x, Side * r, height, other, Side * c, width, span, sums + (((r * across) + c) * TileSize), ahead, further);
                    bool diagonal = i == j && r == c;
                    if (TSums.ManyRegisters)
                    {
                        if (diagonal)
                            TSums.Tile<DiagonalFour>(pair);
                        else
                            TSums.Tile<WholeFour>(pair);
                    }
                    else if (diagonal)
                    {
                        TSums.Tile<DiagonalUpperTwo>(pair);
                        TSums.Tile<DiagonalLowerTwo>(pair.Lower);
                    }
                    else
                    {
                        TSums.Tile<WholeTwo>(pair);
                        TSums.Tile<WholeTwo>(pair.Lower);
                    }
                }
            }
        }

        for (int r = 0; r < height; r++)
        {
            for (int c = i == j ? r : 0; c < width; c++)
            {
                double* places = sums + ((((r / Side * across) + (c / Side)) * TileSize) + (((r % Side * Side) + (c % Side)) * GramTile.Places));
                gram[((long)(i + r) * count) + j + c] += GramTile.Merge(rows + ((i + r) * stride), rows + ((j + c) * stride), whole, columns, places);
            }
        }
    }

    // the first row's first columns, long in the cache, when no row is left
    private static float* Next(float* rows, nint stride, ref int fetched, int height, int start) => fetched < height ? rows + (fetched++ * stride) + start : rows;
}
