using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Some neighbouring columns of a patch matrix, at most <see cref="Most"/>: where they lie in the stage, in pieces of one vector, and
/// where their products go, in runs of neighbours.
/// </summary>
internal unsafe struct PatchPanel
{
    /// <summary>Columns of the widest panel.</summary>
    public const int Most = 48;

    private static int Widest => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    private fixed long pieceFrom[Most], runTo[Most];
    private fixed int pieceLane[Most], pieceSize[Most], runLane[Most], runCount[Most];
    private int pieces, runs, columns, step;
    private bool gapBefore, gapBehind;

    /// <summary>True when the products are neighbours in the target.</summary>
    public readonly bool IsRun => runs == 1 && step == 1;

    /// <summary>Offset of the first run in the target.</summary>
    public readonly nint To => (nint)runTo[0];

    /// <summary>Takes columns <paramref name="j"/> … <paramref name="jEnd"/> of a block into view.</summary>
    /// <param name="stage">Where the sources are staged.</param>
    /// <param name="imageStride">Floats from image to image in the stage.</param>
    /// <param name="grid">Which grid.</param>
    /// <param name="imageTo">Floats from image to image in the target.</param>
    /// <param name="j">First column, counted from the block's first grid element.</param>
    /// <param name="jEnd">Behind the last column.</param>
    /// <param name="width">Floats from row to row of the packed panel, at least as many as there are columns.</param>
    public void Locate(in PatchStage stage, nint imageStride, in PatchGrid grid, nint imageTo, int j, int jEnd, int width)
    {
        columns = jEnd - j;
        pieces = 0;
        runs = 0;
        step = grid.ColumnTo;
        (gapBefore, gapBehind) = (grid.GapBefore, grid.GapBehind);
        var plane = grid.Rows * grid.Width;
        // lines without a gap between them are one line
        var line = stage.Columns == grid.Width ? plane : grid.Width;
        var lineTo = step == 1 && grid.LineTo == grid.Width ? plane : grid.Width;
        var at = new Position(j, plane, line);
        for (var lane = 0; lane < columns;)
        {
            var count = Math.Min(line - at.Column, columns - lane);
            Cut(at.Image * imageStride + at.Row * (nint)stage.Columns + at.Column, lane, count, width);
            lane += count;
            at.Next(plane / line);
        }

        at = new Position(j, plane, lineTo);
        for (var lane = 0; lane < columns;)
        {
            var count = Math.Min(lineTo - at.Column, columns - lane);
            runTo[runs] = (grid.Block.Image + at.Image) * imageTo + grid.To + at.Row * grid.LineTo + (nint)at.Column * step;
            runLane[runs] = lane;
            runCount[runs++] = count;
            lane += count;
            at.Next(plane / lineTo);
        }
    }

    /// <summary>Copies the panel: to[p · width + lane] = what row p, found at offsets[p] of the stage, has in the lane's column.</summary>
    public readonly void Pack(float* stage, int* offsets, nint depth, float* to, int width)
    {
        for (var i = 0; i < pieces; i++)
        {
            var from = stage + pieceFrom[i];
            var lane = to + pieceLane[i];
            switch (pieceSize[i])
            {
                case 16: Copy16(from, offsets, depth, lane, width); break;
                case 8: Copy8(from, offsets, depth, lane, width); break;
                case 4: Copy4(from, offsets, depth, lane, width); break;
                default: Copy1(from, offsets, depth, lane, width); break;
            }
        }

        if (columns % Widest != 0)
            ClearTail(to, depth, width);
    }

    /// <summary>Brings finished products to their places, added to what stands there when <paramref name="add"/>.</summary>
    public readonly void Scatter(float* tile, nint tileStride, int rows, float* to, nint rowTo, bool add)
    {
        for (var i = 0; i < rows; i++, tile += tileStride, to += rowTo)
        {
            for (var r = 0; r < runs; r++)
            {
                var from = tile + runLane[r];
                var at = to + runTo[r];
                if (step == 1)
                    Line(from, at, runCount[r], add);
                else if (step == 2)
                    SpreadToSeconds(from, at, runCount[r], gapBefore, gapBehind, add);
                else
                    Spread(from, at, runCount[r], step, add);
            }
        }
    }

    // a run of columns in pieces of whole vectors; a piece may reach into lanes that a later one overwrites, never beyond the row
    private void Cut(nint from, int lane, int count, int width)
    {
        while (count > 0)
        {
            var size = Math.Min(Widest, count > 8 ? 16 : count > 4 ? 8 : count > 1 ? 4 : 1);
            while (lane + size > width)
            {
                size = size == 4 ? 1 : size / 2;
            }

            var done = Math.Min(size, count);
            pieceFrom[pieces] = from;
            pieceLane[pieces] = lane;
            pieceSize[pieces++] = size;
            from += done;
            lane += done;
            count -= done;
        }
    }

    private readonly void ClearTail(float* to, nint depth, int width)
    {
        for (nint p = 0; p < depth; p++, to += width)
        {
            for (var i = columns; i < width; i++)
            {
                to[i] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy16(float* from, int* offsets, nint depth, float* to, nint width)
    {
        for (nint p = 0; p < depth; p++, to += width)
        {
            Vector512.Load(from + offsets[p]).Store(to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy8(float* from, int* offsets, nint depth, float* to, nint width)
    {
        for (nint p = 0; p < depth; p++, to += width)
        {
            Vector256.Load(from + offsets[p]).Store(to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy4(float* from, int* offsets, nint depth, float* to, nint width)
    {
        for (nint p = 0; p < depth; p++, to += width)
        {
            Vector128.Load(from + offsets[p]).Store(to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy1(float* from, int* offsets, nint depth, float* to, nint width)
    {
        for (nint p = 0; p < depth; p++, to += width)
        {
            *to = from[offsets[p]];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Line(float* from, float* to, int count, bool add)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= count - 16; i += 16)
            {
                var x = Vector512.Load(from + i);
                (add ? Vector512.Load(to + i) + x : x).Store(to + i);
            }
        }

        for (; i <= count - 4; i += 4)
        {
            var x = Vector128.Load(from + i);
            (add ? Vector128.Load(to + i) + x : x).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = add ? to[i] + from[i] : from[i];
        }
    }

    // products go to every second place of a line: the places between are read and written back, as far as they belong to the same line
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadToSeconds(float* from, float* to, int count, bool gapBefore, bool gapBehind, bool add)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var twice = Vector512.Create(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
            var odd = Vector512.Create(0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1).AsSingle();
            var mine = gapBefore ? odd : ~odd;
            var at = gapBefore ? to - 1 : to;
            var end = gapBefore || gapBehind ? count : count - 1;
            for (; i <= end - 8; i += 8)
            {
                var x = Vector512.Shuffle(Vector256.Load(from + i).ToVector512Unsafe(), twice);
                var old = Vector512.Load(at + 2 * i);
                Vector512.ConditionalSelect(mine, add ? old + x : x, old).Store(at + 2 * i);
            }

            if (i <= end - 4)
            {
                var x = Vector256.Shuffle(Vector128.Load(from + i).ToVector256Unsafe(), twice.GetLower());
                var old = Vector256.Load(at + 2 * i);
                Vector256.ConditionalSelect(mine.GetLower(), add ? old + x : x, old).Store(at + 2 * i);
                i += 4;
            }
        }

        for (; i < count; i++)
        {
            to[2 * i] = add ? to[2 * i] + from[i] : from[i];
        }
    }

    private static void Spread(float* from, float* to, int count, nint step, bool add)
    {
        for (var i = 0; i < count; i++, to += step)
        {
            *to = add ? *to + from[i] : from[i];
        }
    }

    // walks over lines
    private struct Position
    {
        public int Image, Row, Column;

        public Position(int at, int plane, int line)
        {
            (Image, var rest) = Math.DivRem(at, plane);
            (Row, Column) = Math.DivRem(rest, line);
        }

        public void Next(int rows)
        {
            Column = 0;
            if (++Row < rows)
                return;
            Row = 0;
            Image++;
        }
    }
}
