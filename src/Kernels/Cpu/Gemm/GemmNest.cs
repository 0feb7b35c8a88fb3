using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The loop nests around the micro-kernels, each working on a rectangle [rows m0 … m1, columns n0 … n1] of C. Which nest and which
/// operands are packed follows from the shape of the whole product, never from the rectangle.
/// </summary>
internal static unsafe class GemmNest<TRung>
    where TRung : struct, IGemmRung
{
    private static int PanelWidth => 2 * TRung.Lanes;

    /// <summary>
    /// Blocks of k, then of columns, then of rows; each operand is packed or read in place. B read in place needs contiguous columns.
    /// </summary>
    public static void Blocks<TEpilogue>(
        in GemmArgs g, in GemmTask task, in TEpilogue epilogue, nint m0, nint m1, nint n0, nint n1)
        where TEpilogue : struct, IEpilogue
    {
        var plan = task.Plan;
        var depth = Even(g.K, task.PackB ? plan.BlockK : plan.DirectK, 4);
        var blockM = Even(m1 - m0, plan.BlockM, TRung.MaxRows);
        var blockN = Even(n1 - n0, plan.BlockN, PanelWidth);
        var strip = Math.Min(depth, g.K);
        var sizeB = task.PackB ? RoundUp(blockN, TRung.Lanes) * strip : strip * TRung.Lanes;
        var sizeA = task.PackA ? blockM * strip : 0;
        var packedB = AlignedMemory.Scratch(sizeB + RoundUp(sizeA, 16) + 16);
        var packedA = packedB + RoundUp(sizeB, 16);

        for (var j0 = n0; j0 < n1; j0 += blockN)
        {
            var j1 = Math.Min(j0 + blockN, n1);
            for (nint p0 = 0; p0 < g.K; p0 += depth)
            {
                var k = Math.Min(depth, g.K - p0);
                var beta = p0 == 0 ? g.Beta : 1f;
                PackColumns(g, task.PackB, j0, j1, p0, k, packedB);
                for (var i0 = m0; i0 < m1; i0 += blockM)
                {
                    var i1 = Math.Min(i0 + blockM, m1);
                    if (task.PackA)
                        PackRows(g, i0, i1, p0, k, packedA);
                    var block = new Block(i0, i1, j0, j1, p0, k, beta, packedA, packedB);
                    var rows = RowStep(i0, i1);
                    var columns = task.RowsOuter ? j1 - j0 : PanelWidth;
                    for (var j = j0; j < j1; j += columns)
                    {
                        for (var i = i0; i < i1; i += rows)
                        {
                            Strip(g, task, block, i, Math.Min(i + rows, i1), j, Math.Min(j + columns, j1));
                        }
                    }

                    if (p0 + k == g.K)
                        GemmFinish.Apply(g, epilogue, i0, i1, j0, j1);
                }
            }
        }
    }

    /// <summary>
    /// Cᵀ = Bᵀ · Aᵀ for few rows and B contiguous along k: the rows of Bᵀ are broadcast where they lie, only A is packed
    /// (transposed), and every tile is transposed on its way into C. Two numbers multiply the same in either order, so the bits match.
    /// </summary>
    public static void Swapped(in GemmArgs g, nint m0, nint m1, nint n0, nint n1)
    {
        var width = PanelWidth;
        var packed = AlignedMemory.Scratch(RoundUp(m1 - m0, TRung.Lanes) * g.K);
        var to = packed;
        for (var i = m0; i < m1; i += width)
        {
            var count = (int)Math.Min(width, m1 - i);
            var padded = count > TRung.Lanes ? width : TRung.Lanes;
            GemmPacking.Strip(g.A + i * g.RowStrideA, g.RowStrideA, g.ColStrideA, count, g.K, to, padded);
            to += padded * (nint)g.K;
        }

        var tile = stackalloc float[16 * 32];
        tile = (float*)(((nuint)tile + 63) & ~(nuint)63);
        var step = RowStep(n0, n1);
        for (var j = n0; j < n1; j += step)
        {
            var rows = (int)Math.Min(step, n1 - j);
            var panel = packed;
            for (var i = m0; i < m1; i += width)
            {
                var count = (int)Math.Min(width, m1 - i);
                var vectors = count > TRung.Lanes ? 2 : 1;
                var padded = vectors * TRung.Lanes;
                TRung.Tile<OnlyBPacked>(
                    rows, vectors, g.K, g.B + j * g.ColStrideB, g.ColStrideB, panel, padded, tile, width, g.Alpha, 0);
                MergeTransposed(tile, width, rows, count, g.C + i * g.RowStrideC + j, g.RowStrideC, g.Beta);
                panel += padded * (nint)g.K;
            }
        }
    }

    /// <summary>Dot products along k for few rows and both operands contiguous along k; k is at least one vector.</summary>
    public static void Dots(in GemmArgs g, nint m0, nint m1, nint n0, nint n1)
    {
        var step = Even(m1 - m0, TRung.MaxDotRows, 1);
        for (var j = n0; j < n1; j += 4)
        {
            // the last four columns may overlap those before: the same bits are then written twice, unless the old C takes part
            if (g.Beta == 0 && j + 4 > n1 && n1 - n0 >= 4)
                j = n1 - 4;
            var columns = (int)Math.Min(4, n1 - j);
            for (var i = m0; i < m1; i += step)
            {
                var rows = (int)Math.Min(step, m1 - i);
                var a = g.A + i * g.RowStrideA;
                var b = g.B + j * g.ColStrideB;
                var c = g.C + i * g.RowStrideC + j;
                if (columns == 4)
                {
                    TRung.Dot(rows, 4, g.K, a, g.RowStrideA, b, g.ColStrideB, c, g.RowStrideC, g.Alpha, g.Beta);
                    continue;
                }

                for (var column = 0; column < columns; column++)
                {
                    TRung.Dot(
                        rows, 1, g.K, a, g.RowStrideA, b + column * g.ColStrideB, g.ColStrideB, c + column, g.RowStrideC, g.Alpha, g.Beta);
                }
            }
        }
    }

    private static void PackColumns(in GemmArgs g, bool all, nint j0, nint j1, nint p0, nint k, float* to)
    {
        var from = g.B + p0 * g.RowStrideB;
        // in place, only the last columns that do not fill a vector are copied, with zeros beside them
        var j = all ? j0 : j1 - (j1 - j0) % TRung.Lanes;
        while (j < j1)
        {
            var width = j1 - j >= PanelWidth ? PanelWidth : TRung.Lanes;
            var count = (int)Math.Min(width, j1 - j);
            GemmPacking.Strip(from + j * g.ColStrideB, g.ColStrideB, g.RowStrideB, count, k, to, width);
            to += width * k;
            j += count;
        }
    }

    private static void PackRows(in GemmArgs g, nint i0, nint i1, nint p0, nint k, float* to)
    {
        var step = RowStep(i0, i1);
        for (var i = i0; i < i1; i += step)
        {
            var rows = (int)Math.Min(step, i1 - i);
            GemmPacking.Strip(g.A + i * g.RowStrideA + p0 * g.ColStrideA, g.RowStrideA, g.ColStrideA, rows, k, to, rows);
            to += rows * k;
        }
    }

    // the tiles of rows i … iEnd (one tile high) and columns j … jEnd
    private static void Strip(in GemmArgs g, in GemmTask task, in Block block, nint i, nint iEnd, nint j, nint jEnd)
    {
        var rows = (int)(iEnd - i);
        var k = block.Depth;
        var a = task.PackA ? block.PackedA + (i - block.I0) * k : g.A + i * g.RowStrideA + block.P0 * g.ColStrideA;

        var lanes = TRung.Lanes;
        while (j < jEnd)
        {
            var left = jEnd - j;
            var vectors = left >= 2 * lanes ? 2 : 1;
            var width = vectors * lanes;
            var c = g.C + i * g.RowStrideC + j;
            var b = g.B + block.P0 * g.RowStrideB + j;
            var rowB = g.RowStrideB;
            if (task.PackB || left < lanes)
            {
                b = task.PackB ? block.PackedB + (j - block.J0) * k : block.PackedB;
                rowB = width;
            }

            if (left >= lanes)
            {
                Tile(task, rows, vectors, k, a, g.RowStrideA, b, rowB, c, g.RowStrideC, g.Alpha, block.Beta);
            }
            else
            {
                PartialTile(task, rows, (int)left, k, a, g.RowStrideA, b, c, g.RowStrideC, g.Alpha, block.Beta);
            }

            j += width;
        }
    }

    private static void Tile(
        in GemmTask task, int rows, int vectors, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta)
    {
        if (task.PackA && task.PackB)
            TRung.Tile<BothPacked>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta);
        else if (task.PackA)
            TRung.Tile<OnlyAPacked>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta);
        else if (task.PackB)
            TRung.Tile<OnlyBPacked>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta);
        else
            TRung.Tile<InPlace>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta);
    }

    private static void PartialTile(
        in GemmTask task, int rows, int columns, nint k, float* a, nint rowA, float* b, float* c, nint rowC, float alpha, float beta)
    {
        var tile = stackalloc float[16 * 16];
        tile = (float*)(((nuint)tile + 63) & ~(nuint)63);
        Tile(task, rows, 1, k, a, rowA, b, TRung.Lanes, tile, TRung.Lanes, alpha, 0);
        Merge(tile, TRung.Lanes, rows, columns, c, rowC, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Merge(float* tile, nint rowTile, int rows, int columns, float* c, nint rowC, float beta)
    {
        for (var i = 0; i < rows; i++, tile += rowTile, c += rowC)
        {
            var j = 0;
            for (; j <= columns - 4; j += 4)
            {
                Blend(Vector128.Load(tile + j), c + j, beta);
            }

            for (; j < columns; j++)
            {
                c[j] = beta != 0 ? float.MultiplyAddEstimate(beta, c[j], tile[j]) : tile[j];
            }
        }
    }

    // c[i, j] = tile[j, i] + beta * c[i, j] for j < rows (of the tile), i < columns
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MergeTransposed(float* tile, nint rowTile, int rows, int columns, float* c, nint rowC, float beta)
    {
        var j = 0;
        for (; j <= rows - 4; j += 4)
        {
            var t = tile + j * rowTile;
            var i = 0;
            for (; i <= columns - 4; i += 4)
            {
                var r0 = Vector128.Load(t + i);
                var r1 = Vector128.Load(t + rowTile + i);
                var r2 = Vector128.Load(t + 2 * rowTile + i);
                var r3 = Vector128.Load(t + 3 * rowTile + i);
                GemmLanes.Transpose(ref r0, ref r1, ref r2, ref r3);
                var d = c + i * rowC + j;
                Blend(r0, d, beta);
                Blend(r1, d + rowC, beta);
                Blend(r2, d + 2 * rowC, beta);
                Blend(r3, d + 3 * rowC, beta);
            }

            for (; i < columns; i++)
            {
                Blend(Vector128.Create(t[i], t[rowTile + i], t[2 * rowTile + i], t[3 * rowTile + i]), c + i * rowC + j, beta);
            }
        }

        for (; j < rows; j++)
        {
            for (var i = 0; i < columns; i++)
            {
                var sum = tile[j * rowTile + i];
                var d = c + i * rowC + j;
                *d = beta != 0 ? float.MultiplyAddEstimate(beta, *d, sum) : sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Blend(Vector128<float> sum, float* c, float beta)
    {
        if (beta != 0)
            sum = Vector128.MultiplyAddEstimate(Vector128.Create(beta), Vector128.Load(c), sum);
        sum.Store(c);
    }

    // rows of a tile, so that a block's tiles are as equal as can be: 20 rows are 10 + 10 rather than 12 + 8
    private static nint RowStep(nint i0, nint i1) => Even(i1 - i0, TRung.MaxRows, 1);

    // the smallest multiple of unit (but at most `most`, rounded up to a unit) that cuts length into as few pieces as `most` does
    private static nint Even(nint length, nint most, nint unit)
    {
        var pieces = Math.Max(1, (length + most - 1) / most);
        return Math.Max(unit, RoundUp((length + pieces - 1) / pieces, unit));
    }

    private static nint RoundUp(nint value, nint unit) => (value + unit - 1) / unit * unit;

    private readonly struct Block(
        nint i0, nint i1, nint j0, nint j1, nint p0, nint depth, float beta, float* packedA, float* packedB)
    {
        public readonly nint I0 = i0, I1 = i1, J0 = j0, J1 = j1, P0 = p0, Depth = depth;
        public readonly float Beta = beta;
        public readonly float* PackedA = packedA, PackedB = packedB;
    }
}
