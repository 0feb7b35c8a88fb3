namespace Engram.Kernels.Simt;

/// <summary>How a thread carries four elements of an operand from device memory to the group's slice in shared memory, a line per depth.</summary>
internal static class TileSlice
{
    /// <summary>Four neighbours along the depth or along the lines; zeros outside the operand.</summary>
    public static Quad Fetch<TSource>(TSource source, int batch, int line, int depth, int lines, int depths) where TSource : struct, ITileSource
    {
        int alongDepth = TileOrder.IsAlongDepth(source.Order), alongLines = 1 - alongDepth;
        if (source.IsWide != 0 && line + (3 * alongLines) < lines && depth + (3 * alongDepth) < depths)
            return source.Four(batch, line, depth);
        var four = default(Quad);
        if (line < lines && depth < depths)
            four.X = source.At(batch, line, depth);
        line += alongLines;
        depth += alongDepth;
        if (line < lines && depth < depths)
            four.Y = source.At(batch, line, depth);
        line += alongLines;
        depth += alongDepth;
        if (line < lines && depth < depths)
            four.Z = source.At(batch, line, depth);
        line += alongLines;
        depth += alongDepth;
        if (line < lines && depth < depths)
            four.W = source.At(batch, line, depth);
        return four;
    }

    /// <summary>Puts them into the slice, whose lines are <paramref name="pitch"/> apart: below each other, or side by side at once.</summary>
    public static void Keep(Floats slice, int at, int pitch, int order, Quad four)
    {
        if (TileOrder.IsAlongDepth(order) == 0)
        {
            Gpu.Store4(slice, at, four);
            return;
        }

        slice[at] = four.X;
        slice[at + pitch] = four.Y;
        slice[at + (2 * pitch)] = four.Z;
        slice[at + (3 * pitch)] = four.W;
    }

    /// <summary>Writes four neighbours of a row as far as the product reaches.</summary>
    public static void Put<TTarget>(TTarget target, int batch, int row, int column, int rows, int columns, Quad values) where TTarget : struct, ITileTarget
    {
        if (row >= rows)
            return;
        if (target.IsWide != 0 && column + 3 < columns)
        {
            target.PutFour(batch, row, column, values);
            return;
        }

        int left = columns - column < 4 ? columns - column : 4;
        for (int i = 0; i < left; i++)
            target.Put(batch, row, column + i, i == 0 ? values.X : i == 1 ? values.Y : i == 2 ? values.Z : values.W);
    }
}
