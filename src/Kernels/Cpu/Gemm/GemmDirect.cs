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
        var tiles = (int)(m1 - m0) / step;
        var rest = (int)(m1 - m0) - tiles * step;
        var width = 2 * TRung.Lanes;
        for (var j = n0; j < n1; j += width)
        {
            var columns = (int)Math.Min(width, n1 - j);
            var vectors = columns > TRung.Lanes ? 2 : 1;
            var last = columns & (TRung.Lanes - 1);
            TallStrip(g, tiles, step, vectors, m0, j, last);
            if (rest > 0)
                TallStrip(g, 1, rest, vectors, m1 - rest, j, last);
        }
    }

    /// <summary>Wide tiles, which write long pieces of C: for any strides of A, blocks of k one after the other.</summary>
    public static void Wide(in GemmArgs g, int depth, nint m0, nint m1, nint n0, nint n1)
    {
        var most = TLane.Count == 16 || m1 - m0 <= 3 ? 4 : 2;
        var step = Even((uint)(m1 - m0), TLane.Count == 16 || most == 2 ? 6u : 3u);
        var tiles = (int)(m1 - m0) / step;
        var rest = (int)(m1 - m0) - tiles * step;
        for (nint p = 0; p < g.K; p += depth)
        {
            var left = (int)(n1 - n0 + TLane.Count - 1) / TLane.Count;
            for (var j = n0; j < n1; j += most * TLane.Count)
            {
                var vectors = Math.Min(left, most);
                left -= vectors;
                var last = left > 0 ? TLane.Count : (int)(n1 - j) - (vectors - 1) * TLane.Count;
                WideStrip(g, tiles, step, vectors, p, depth, m0, j, last);
                if (rest > 0)
                    WideStrip(g, 1, rest, vectors, p, depth, m1 - rest, j, last);
            }
        }
    }

    /// <summary>Dot products: both operands contiguous along k.</summary>
    public static void Dots(in GemmArgs g, nint m0, nint m1, nint n0, nint n1)
    {
        var (columns, k) = ((int)(n1 - n0), (nint)g.K);
        var b = g.B + n0 * g.ColStrideB;
        if (g.M == 1)
        {
            GemmDot<TLane>.Row(columns, k, g.A, b, g.ColStrideB, g.C + n0, g.Alpha, g.Beta);
            return;
        }

        var step = Even((uint)(m1 - m0), (uint)GemmDot<TLane>.MaxRows);
        var tiles = (int)(m1 - m0) / step;
        var rest = (int)(m1 - m0) - tiles * step;
        GemmDot<TLane>.Run(
            tiles, step, columns, k, g.A + m0 * g.RowStrideA, g.RowStrideA, b, g.ColStrideB, g.C + m0 * g.RowStrideC + n0, g.RowStrideC,
            g.Alpha, g.Beta);
        if (rest > 0)
        {
            GemmDot<TLane>.Run(
                1, rest, columns, k, g.A + (m1 - rest) * g.RowStrideA, g.RowStrideA, b, g.ColStrideB, g.C + (m1 - rest) * g.RowStrideC + n0,
                g.RowStrideC, g.Alpha, g.Beta);
        }
    }

    private static void TallStrip(in GemmArgs g, int tiles, int rows, int vectors, nint i, nint j, int last) =>
        TRung.Tile<InPlace>(
            rows, vectors, g.K, g.A + i * g.RowStrideA, g.RowStrideA, g.B + j, g.RowStrideB,
            g.C + i * g.RowStrideC + j, g.RowStrideC, g.Alpha, g.Beta, last, tiles);

    private static void WideStrip(in GemmArgs g, int tiles, int rows, int vectors, nint p, nint depth, nint i, nint j, int last) =>
        GemmTile<TLane>.Run(
            tiles, rows, vectors, Math.Min(depth, g.K - p), g.A + i * g.RowStrideA + p * g.ColStrideA, g.RowStrideA, g.ColStrideA,
            g.B + p * g.RowStrideB + j, g.RowStrideB, g.C + i * g.RowStrideC + j, g.RowStrideC, g.Alpha, p == 0 ? g.Beta : 1, last);

    // length in as few pieces as `most` makes, as equal as can be: 20 rows are 10 + 10 rather than 14 + 6
    private static int Even(uint length, uint most)
    {
        if (length <= most)
            return (int)length;
        var pieces = (length + most - 1) / most;
        return (int)((length + pieces - 1) / pieces);
    }
}
