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

    private static readonly int Widest = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    private fixed long pieceFrom[Most], runTo[Most];
    private fixed int pieceLane[Most], pieceSize[Most], runLane[Most], runCount[Most];
    private int pieces, columns;

    /// <summary>Number of runs.</summary>
    public int Runs { get; private set; }

    /// <summary>Offset of a run in the target.</summary>
    public readonly nint RunTo(int run) => (nint)runTo[run];

    /// <summary>Takes columns <paramref name="j"/> … <paramref name="jEnd"/> of a block into view.</summary>
    /// <param name="source">The patch matrix.</param>
    /// <param name="stage">Where its sources are staged.</param>
    /// <param name="target">Where its products go.</param>
    /// <param name="block">Which grid elements are staged.</param>
    /// <param name="imageStride">Floats from image to image in the stage.</param>
    /// <param name="j">First column, counted from the block's first grid element.</param>
    /// <param name="jEnd">Behind the last column.</param>
    /// <param name="width">Floats from row to row of the packed panel, at least as many as there are columns.</param>
    public void Locate(
        in PatchSource source, in PatchStage stage, in PatchTarget target, in PatchBlock block, nint imageStride, int j, int jEnd, int width)
    {
        columns = jEnd - j;
        pieces = 0;
        Runs = 0;
        var grid = source.GridWidth;
        var plane = block.Rows * grid;
        // lines without a gap between them are one line
        var line = stage.Columns == grid ? plane : grid;
        var lineTo = target.ColumnStride == 1 && target.LineStride == grid ? plane : grid;
        for (int at = j, lane = 0; at < jEnd;)
        {
            var (image, rest) = Math.DivRem(at, plane);
            var (row, column) = Math.DivRem(rest, line);
            var count = Math.Min(line - column, jEnd - at);
            Cut(image * imageStride + row * (nint)stage.Columns + column, lane, count, width);
            at += count;
            lane += count;
        }

        for (int at = j, lane = 0; at < jEnd;)
        {
            var (image, rest) = Math.DivRem(at, plane);
            var (row, column) = Math.DivRem(rest, lineTo);
            var count = Math.Min(lineTo - column, jEnd - at);
            runTo[Runs] = (block.Image + image) * target.ImageStride + (block.Row + row) * target.LineStride + column * target.ColumnStride;
            runLane[Runs] = lane;
            runCount[Runs++] = count;
            at += count;
            lane += count;
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
    public readonly void Scatter(float* tile, nint tileStride, int rows, in PatchTarget target, float* to, bool add)
    {
        for (var i = 0; i < rows; i++, tile += tileStride, to += target.RowStride)
        {
            for (var r = 0; r < Runs; r++)
            {
                var from = tile + runLane[r];
                var at = to + runTo[r];
                if (target.ColumnStride == 1)
                    Line(from, at, runCount[r], add);
                else
                    Spread(from, at, runCount[r], target.ColumnStride, add);
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

    private static void Spread(float* from, float* to, int count, nint step, bool add)
    {
        for (var i = 0; i < count; i++, to += step)
        {
            *to = add ? *to + from[i] : from[i];
        }
    }
}
