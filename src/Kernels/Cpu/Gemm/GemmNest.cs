using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The loop nests around the micro-kernels, each working on a rectangle [rows m0 … m1, columns n0 … n1] of C. Which nest and which
/// operands are packed follows from the shape of the whole product, never from the rectangle.
/// </summary>
internal static unsafe class GemmNest<TRung, TLane>
    where TRung : struct, IGemmRung
    where TLane : struct, ILane<TLane>
{
    private static int PanelWidth => 2 * TRung.Lanes;

    private static int WideWidth => TRung.WideVectors * TRung.Lanes;

    /// <summary>
    /// Blocks of k, then of columns, then of rows; each operand is packed or read in place. B read in place needs contiguous columns.
    /// The last columns are dot products where <see cref="GemmTask.DotColumns"/> says so.
    /// </summary>
    public static void Blocks<TEpilogue>(
        in GemmArgs g, in GemmTask task, in TEpilogue epilogue, nint m0, nint m1, nint n0, nint n1)
        where TEpilogue : struct, IEpilogue
    {
        var plan = task.Plan;
        var tileRows = task.Wide ? TRung.WideRows : TRung.MaxRows;
        var depth = Even(g.K, task.PackB ? plan.BlockK : plan.DirectK, 4);
        var strip = Math.Min(depth, g.K);
        // a block of A has as many elements as the plan says, so a shallow one has more rows
        var blockM = Even(m1 - m0, RoundDown((nint)plan.BlockM * plan.BlockK / Math.Max(strip, plan.BlockK / 2), tileRows), tileRows);
        var tileEnd = Math.Max(n0, Math.Min(n1, g.N - task.DotColumns));
        var blockN = Even(tileEnd - n0, plan.BlockN, task.Wide ? WideWidth : PanelWidth);
        // one block of A sees every panel of B once: two panels by turns are then enough, and stay in cache
        var keepB = !task.Wide || m1 - m0 > blockM;
        var widthB = keepB ? RoundUp(blockN, TRung.Lanes) : 2 * WideWidth;
        var sizeB = task.PackB ? widthB * strip : 0;
        var sizeA = task.PackA ? blockM * strip : 0;
        var packedB = AlignedMemory.Scratch(RoundUp(sizeB, 16) + RoundUp(sizeA, 16) + task.DotColumns * strip + 16);
        var packedA = packedB + RoundUp(sizeB, 16);
        var dots = packedA + RoundUp(sizeA, 16);

        nint jNext;
        for (var j0 = n0; j0 < n1; j0 = jNext)
        {
            var j1 = Math.Min(j0 + blockN, tileEnd);
            jNext = j1 < tileEnd ? j1 : n1;
            for (nint p0 = 0; p0 < g.K; p0 += depth)
            {
                var k = Math.Min(depth, g.K - p0);
                var beta = p0 == 0 ? g.Beta : 1f;
                for (var i0 = m0; i0 < m1; i0 += blockM)
                {
                    var i1 = Math.Min(i0 + blockM, m1);
                    var rows = Even(i1 - i0, tileRows, 1);
                    if (task.PackA)
                        PackRows(g, i0, i1, rows, p0, k, packedA);
                    var block = new Block(i0, i1, rows, j0, j1, p0, k, beta, packedA, packedB);
                    if (task.Wide && keepB && (j1 - j0) * k <= plan.NearB)
                    {
                        Lines(g, task, block, i0 == m0);
                    }
                    else if (task.Wide)
                    {
                        Panels(g, task, block, keepB, i0 == m0);
                    }
                    else
                    {
                        if (task.PackB && i0 == m0)
                            PackColumns(g, 2, j0, j1, p0, k, 0, k, packedB);
                        var columns = task.RowsOuter ? j1 - j0 : PanelWidth;
                        for (var j = j0; j < j1; j += columns)
                        {
                            var jEnd = Math.Min(j + columns, j1);
                            for (var i = i0; i < i1; i += rows)
                            {
                                Strip(g, task, block, 2, i, Math.Min(i + rows, i1), j, jEnd, packedB + (j - j0) * k);
                            }
                        }
                    }

                    if (jNext > j1)
                        DotStrip(g, block, j1, jNext, dots, i0 == m0);
                    if (p0 + k == g.K)
                        GemmFinish.Apply(g, epilogue, i0, i1, j0, jNext);
                }
            }
        }
    }

    /// <summary>
    /// A packed block of A against the panels of B, one after the other. B comes from far: while the tiles of a panel are worked, the
    /// next panel is fetched slice by slice, so that nobody waits for it. The <paramref name="first"/> block packs: a panel's first tile on its way, or, where the
    /// rung or the panel forbids it, slice by slice ahead of its turn.
    /// </summary>
    private static void Panels(in GemmArgs g, in GemmTask task, in Block block, bool keepB, bool first)
    {
        var k = block.Depth;
        var tiles = (block.I1 - block.I0 + block.Rows - 1) / block.Rows;
        // sixteen floats along k are a line of a transposed B
        var slice = RoundUp((k + tiles - 1) / tiles, 16);
        var panel = block.PackedB;
        var turn = 0;
        nint jEnd, nextEnd;
        if (first && block.J0 < block.J1 && !Copies(g, block.J0, PanelEnd(block.J0, block.J1)))
            PackColumns(g, TRung.WideVectors, block.J0, PanelEnd(block.J0, block.J1), block.P0, k, 0, k, panel);
        for (var j = block.J0; j < block.J1; j = jEnd)
        {
            jEnd = PanelEnd(j, block.J1);
            nextEnd = PanelEnd(jEnd, block.J1);
            turn ^= 1;
            var next = block.PackedB + (keepB ? jEnd - block.J0 : turn * WideWidth) * k;
            var p = jEnd < block.J1 ? 0 : k;
            var copies = first && Copies(g, j, jEnd);
            var packsNext = first && !Copies(g, jEnd, nextEnd);
            for (var i = block.I0; i < block.I1; i += block.Rows)
            {
                var pEnd = Math.Min(p + slice, k);
                var iEnd = Math.Min(i + block.Rows, block.I1);
                if (p < k)
                    FetchColumns(g, first, jEnd, nextEnd, block.P0, p, pEnd, next);
                if (copies && i == block.I0)
                    CopyingTile(g, task, block, i, iEnd, j, panel);
                else
                    Strip(g, task, block, TRung.WideVectors, i, iEnd, j, jEnd, panel);
                if (p < k && packsNext)
                    PackColumns(g, TRung.WideVectors, jEnd, nextEnd, block.P0, k, p, pEnd, next);
                p = pEnd;
            }

            panel = next;
        }
    }

    // whole panels of contiguous columns
    private static bool Copies(in GemmArgs g, nint j, nint jEnd) => TRung.CopiesPanels && jEnd - j == WideWidth && g.ColStrideB == 1;

    private static void CopyingTile(in GemmArgs g, in GemmTask task, in Block block, nint i, nint iEnd, nint j, float* packed)
    {
        var (rows, k) = ((int)(iEnd - i), block.Depth);
        var b = g.B + block.P0 * g.RowStrideB + j;
        var c = g.C + i * g.RowStrideC + j;
        if (task.PackA)
            TRung.CopyingTile<PackedACopiedB>(rows, k, block.PackedA + (i - block.I0) * k, 1, b, g.RowStrideB, packed, c, g.RowStrideC, g.Alpha, block.Beta);
        else
            TRung.CopyingTile<CopiedB>(rows, k, g.A + i * g.RowStrideA + block.P0, g.RowStrideA, b, g.RowStrideB, packed, c, g.RowStrideC, g.Alpha, block.Beta);
    }

    /// <summary>
    /// Rows of A, one strip after the other, against all panels of a B that stays in the second-level cache: C is written along its rows, which counts
    /// where it is large and the depth small.
    /// </summary>
    private static void Lines(in GemmArgs g, in GemmTask task, in Block block, bool first)
    {
        if (first)
        {
            for (nint j = block.J0, jEnd; j < block.J1; j = jEnd)
            {
                jEnd = PanelEnd(j, block.J1);
                PackColumns(g, TRung.WideVectors, j, jEnd, block.P0, block.Depth, 0, block.Depth, block.PackedB + (j - block.J0) * block.Depth);
            }
        }

        for (var i = block.I0; i < block.I1; i += block.Rows)
        {
            for (nint j = block.J0, jEnd; j < block.J1; j = jEnd)
            {
                jEnd = PanelEnd(j, block.J1);
                Strip(g, task, block, TRung.WideVectors, i, Math.Min(i + block.Rows, block.I1), j, jEnd, block.PackedB + (j - block.J0) * block.Depth);
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
        // tiles as high as whole vectors of the transposed result, and as equal as can be
        var step = Even(n1 - n0, TRung.MaxRows / 4 * 4, 4);
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
                GemmTranspose.Merge(tile, width, rows, count, g.C + i * g.RowStrideC + j, g.RowStrideC, g.Beta);
                panel += padded * (nint)g.K;
            }
        }
    }

    // the part p0 … p0 + k of the last columns as dot products, while the rows of A are near; columns of B that are not contiguous along k are copied first
    private static void DotStrip(in GemmArgs g, in Block block, nint j, nint jEnd, float* columns, bool first)
    {
        var part = g;
        part.A += block.P0;
        part.K = (int)block.Depth;
        part.Beta = block.Beta;
        if (g.RowStrideB == 1)
        {
            part.B += block.P0;
        }
        else
        {
            if (first)
                Transposition.Gather(g.B + block.P0 * g.RowStrideB + j * g.ColStrideB, g.RowStrideB, g.ColStrideB, part.K, jEnd - j, columns, part.K);
            part.B = columns - j * block.Depth;
            (part.RowStrideB, part.ColStrideB) = (1, part.K);
        }

        GemmDirect<TRung, TLane>.Dots(part, block.I0, block.I1, j, jEnd);
    }

    // where the panel that begins at j ends: two panels of two vectors end better than one of three and one of one
    private static nint PanelEnd(nint j, nint j1)
    {
        var left = j1 - j;
        var vectors = TRung.WideVectors;
        if (vectors > 2 && left > vectors * TRung.Lanes && left <= (vectors + 1) * TRung.Lanes)
            vectors--;
        return Math.Min(j + vectors * TRung.Lanes, j1);
    }

    // the next tile of a row of tiles: at most two vectors where the last one is cut
    private static int Vectors(nint columns, int most)
    {
        var vectors = (int)Math.Min((columns + TRung.Lanes - 1) / TRung.Lanes, most);
        return vectors > 2 && columns < vectors * TRung.Lanes ? 2 : vectors;
    }

    // the part p … pEnd along k of columns j … jEnd, in strips as wide as the tiles that will read them
    private static void PackColumns(in GemmArgs g, int most, nint j, nint jEnd, nint p0, nint k, nint p, nint pEnd, float* to)
    {
        var from = g.B + (p0 + p) * g.RowStrideB;
        while (j < jEnd)
        {
            var width = Vectors(jEnd - j, most) * TRung.Lanes;
            var count = (int)Math.Min(width, jEnd - j);
            GemmPacking.Strip(from + j * g.ColStrideB, g.ColStrideB, g.RowStrideB, count, pEnd - p, to + p * width, width);
            to += width * k;
            j += count;
        }
    }

    // asks for the same part of B, where it lies packed or where it is still to be packed from
    private static void FetchColumns(in GemmArgs g, bool first, nint j, nint jEnd, nint p0, nint p, nint pEnd, float* packed)
    {
        if (first)
            GemmPacking.Prefetch(g.B + j * g.ColStrideB + (p0 + p) * g.RowStrideB, g.ColStrideB, g.RowStrideB, jEnd - j, pEnd - p);
        else
            GemmPacking.Prefetch(packed + p * WideWidth, 1, WideWidth, WideWidth, pEnd - p);
    }

    private static void PackRows(in GemmArgs g, nint i0, nint i1, nint step, nint p0, nint k, float* to)
    {
        var from = g.A + p0 * g.ColStrideA;
        if (g.RowStrideA == 1)
        {
            GemmPacking.Strips(from + i0, g.ColStrideA, i1 - i0, step, k, to);
            return;
        }

        for (var i = i0; i < i1; i += step)
        {
            var rows = (int)Math.Min(step, i1 - i);
            GemmPacking.Strip(from + i * g.RowStrideA, g.RowStrideA, g.ColStrideA, rows, k, to + (i - i0) * k, rows);
        }
    }

    // the tiles of rows i … iEnd (one tile high) and columns j … jEnd; B of column j on lies packed there if it is packed
    private static void Strip(
        in GemmArgs g, in GemmTask task, in Block block, int most, nint i, nint iEnd, nint j, nint jEnd, float* packedB)
    {
        var rows = (int)(iEnd - i);
        var k = block.Depth;
        var a = task.PackA ? block.PackedA + (i - block.I0) * k : g.A + i * g.RowStrideA + block.P0 * g.ColStrideA;

        var lanes = TRung.Lanes;
        while (j < jEnd)
        {
            var left = jEnd - j;
            var vectors = Vectors(left, most);
            var width = vectors * lanes;
            var c = g.C + i * g.RowStrideC + j;
            var b = g.B + block.P0 * g.RowStrideB + j;
            var rowB = g.RowStrideB;
            if (task.PackB)
            {
                b = packedB;
                rowB = width;
                packedB += width * k;
            }

            Tile(
                task, rows, vectors, k, a, g.RowStrideA, b, rowB, c, g.RowStrideC, g.Alpha, block.Beta, left < width ? (int)left - (vectors - 1) * lanes : 0);
            j += width;
        }
    }

    private static void Tile(
        in GemmTask task, int rows, int vectors, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta,
        int last)
    {
        if (task.PackA && task.PackB)
            TRung.Tile<BothPacked>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta, last);
        else if (task.PackA)
            TRung.Tile<OnlyAPacked>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta, last);
        else if (task.PackB)
            TRung.Tile<OnlyBPacked>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta, last);
        else
            TRung.Tile<InPlace>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta, last);
    }

    // the smallest multiple of unit (but at most `most`, rounded up to a unit) that cuts length into as few pieces as `most` does
    private static nint Even(nint length, nint most, nint unit)
    {
        var pieces = Math.Max(1, (length + most - 1) / most);
        return Math.Max(unit, RoundUp((length + pieces - 1) / pieces, unit));
    }

    private static nint RoundUp(nint value, nint unit) => (value + unit - 1) / unit * unit;

    private static nint RoundDown(nint value, nint unit) => Math.Max(unit, value / unit * unit);

    private readonly struct Block(
        nint i0, nint i1, nint rows, nint j0, nint j1, nint p0, nint depth, float beta, float* packedA, float* packedB)
    {
        public readonly nint I0 = i0, I1 = i1, Rows = rows, J0 = j0, J1 = j1, P0 = p0, Depth = depth;
        public readonly float Beta = beta;
        public readonly float* PackedA = packedA, PackedB = packedB;

    }
}
