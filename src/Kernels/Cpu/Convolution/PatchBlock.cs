namespace Engram.Kernels.Cpu;

/// <summary>Grid elements worked at once: some images whole, or some rows of one.</summary>
/// <param name="Image">First image.</param>
/// <param name="Images">Number of images.</param>
/// <param name="Row">First grid row of each.</param>
/// <param name="Rows">Number of grid rows.</param>
internal readonly record struct PatchBlock(int Image, int Images, int Row, int Rows)
{
    // grid elements of a plane from which on it is cut into rows
    private const int RowsFrom = 512;

    /// <summary>Of small planes several images make a block; of larger ones some rows of one image.</summary>
    public static bool TakesImages(in PatchSource source) => source.Plane < RowsFrom;

    /// <summary>What may be cut between blocks: images, or rows of all images.</summary>
    public static int Units(in PatchSource source) => Units(source.Images, source.GridHeight, source.GridWidth);

    /// <summary>The same for a grid of so many lines and columns.</summary>
    public static int Units(int images, int lines, int columns) => lines * columns < RowsFrom ? images : images * lines;

    /// <summary>The block that begins at <paramref name="unit"/>, ends before <paramref name="end"/> and holds at most so many units.</summary>
    public static PatchBlock At(in PatchSource source, int unit, int end, int most)
    {
        if (TakesImages(source))
            return new PatchBlock(unit, Math.Min(end - unit, most), 0, source.GridHeight);
        var (image, row) = Math.DivRem(unit, source.GridHeight);
        return new PatchBlock(image, 1, row, Math.Min(Math.Min(end - unit, source.GridHeight - row), most));
    }

    /// <summary>Units of this block.</summary>
    public int Length(in PatchSource source) => TakesImages(source) ? Images : Rows;
}
