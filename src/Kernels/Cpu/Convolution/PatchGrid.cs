namespace Engram.Kernels.Cpu;

/// <summary>The part of one grid that lies in a block: every Grids-th line and column of the target, which see the same taps.</summary>
internal readonly struct PatchGrid
{
    /// <summary>The grid to which tap <paramref name="i"/> of the vertical and tap <paramref name="j"/> of the horizontal axis belong as the first.</summary>
    public PatchGrid(in PatchSource source, in PatchBlock block, int i, int j)
    {
        Block = block;
        (FirstRow, EndRow) = (i, source.Vertical.GridEnd(i));
        (FirstColumn, EndColumn) = (j, source.Horizontal.GridEnd(j));
        var (row, column) = (source.Vertical.Grid(i), source.Horizontal.Grid(j));
        Rows = Math.Clamp(source.Vertical.Lines(row, source.TargetHeight) - block.Row, 0, block.Rows);
        Width = source.Horizontal.Lines(column, source.TargetWidth);
        LineTo = (nint)source.Vertical.Grids * source.TargetWidth;
        ColumnTo = source.Horizontal.Grids;
        GapBefore = column > 0;
        GapBehind = column + (Width - 1) * ColumnTo < source.TargetWidth - 1;
        To = (nint)(block.Row * source.Vertical.Grids + row) * source.TargetWidth + column;
    }

    /// <summary>The block.</summary>
    public PatchBlock Block { get; }

    /// <summary>Taps of the vertical axis.</summary>
    public int FirstRow { get; }

    /// <summary>Behind the last tap of the vertical axis.</summary>
    public int EndRow { get; }

    /// <summary>Taps of the horizontal axis.</summary>
    public int FirstColumn { get; }

    /// <summary>Behind the last tap of the horizontal axis.</summary>
    public int EndColumn { get; }

    /// <summary>Lines of the grid in the block.</summary>
    public int Rows { get; }

    /// <summary>Columns of the grid.</summary>
    public int Width { get; }

    /// <summary>First element in a target plane.</summary>
    public nint To { get; }

    /// <summary>Floats from line to line in a target plane.</summary>
    public nint LineTo { get; }

    /// <summary>Floats from column to column in a target plane.</summary>
    public int ColumnTo { get; }

    /// <summary>Whether a target line has elements of other grids before the first of this one.</summary>
    public bool GapBefore { get; }

    /// <summary>Whether a target line has elements of other grids behind the last of this one.</summary>
    public bool GapBehind { get; }

    /// <summary>Taps of both axes.</summary>
    public int Taps => (EndRow - FirstRow) * (EndColumn - FirstColumn);

    /// <summary>Elements of the grid in the block.</summary>
    public int Columns => Block.Images * Rows * Width;
}
