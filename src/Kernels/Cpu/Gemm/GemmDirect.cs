namespace Engram.Kernels.Cpu;

/// <summary>
/// The loop nest of products that are too small, too shallow or too narrow for copies of their operands to pay: tiles over A and B as they
/// lie, the whole depth in one go, the edges cut by masks. Few instructions outside the tiles: such a product may last a hundred nanoseconds.
/// </summary>
internal static unsafe class GemmDirect<TRung, TLane>
    where TRung : struct, IGemmRung
    where TLane : struct, ILane<TLane>
{
    /// <summary>Tall tiles, which read B least often: rows m0 … m1, columns n0 … n1 of C; the columns of B and the rows of A are contiguous.</summary>
    public static void Tall(in GemmArgs g, nint m0, nint m1, nint n0, nint n1)
    {
        var step = Even((uint)(m1 - m0), (uint)TRung.MaxRows);
        var width = 2 * TRung.Lanes;
        for (var j = n0; j < n1; j += width)
        {
            var columns = (int)Math.Min(width, n1 - j);
            var vectors = columns > TRung.Lanes ? 2 : 1;
            for (var i = m0; i < m1; i += step)
            {
                TRung.Tile<InPlace>(
                    (int)Math.Min(step, m1 - i), vectors, g.K, g.A + i * g.RowStrideA, g.RowStrideA, g.B + j, g.RowStrideB,
                    g.C + i * g.RowStrideC + j, g.RowStrideC, g.Alpha, g.Beta, columns & (TRung.Lanes - 1));
            }
        }
    }

    /// <summary>Wide tiles, which write long pieces of C: for any strides of A.</summary>
    public static void Wide(in GemmArgs g, nint m0, nint m1, nint n0, nint n1)
    {
        var vectors = (uint)(n1 - n0 + TLane.Count - 1) / (uint)TLane.Count;
        var perTile = TLane.Count == 16 || m1 - m0 <= 3 ? 4u : 2u;
        var step = Even((uint)(m1 - m0), TLane.Count == 16 || perTile == 2 ? 6u : 3u);
        var tiles = (m1 - m0) / step;
        var rest = (int)(m1 - m0 - tiles * step);
        for (var j = n0; j < n1;)
        {
            var count = Math.Min(vectors, perTile);
            vectors -= count;
            var end = j + (nint)count * TLane.Count;
            var last = end <= n1 ? TLane.Count : (int)(n1 - end) + TLane.Count;
            Strip(g, (int)tiles, step, (int)count, m0, j, last);
            if (rest > 0)
                Strip(g, 1, rest, (int)count, m1 - rest, j, last);
            j = end;
        }
    }

    private static void Strip(in GemmArgs g, int tiles, int rows, int vectors, nint i, nint j, int last) =>
        GemmTile<TLane>.Run(
            tiles, rows, vectors, g.K, g.A + i * g.RowStrideA, g.RowStrideA, g.ColStrideA, g.B + j, g.RowStrideB,
            g.C + i * g.RowStrideC + j, g.RowStrideC, g.Alpha, g.Beta, last);

    // length in as few pieces as `most` makes, as equal as can be: 20 rows are 10 + 10 rather than 14 + 6
    private static int Even(uint length, uint most)
    {
        if (length <= most)
            return (int)length;
        var pieces = (length + most - 1) / most;
        return (int)((length + pieces - 1) / pieces);
    }
}
