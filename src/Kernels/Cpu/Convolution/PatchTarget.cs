namespace Engram.Kernels.Cpu;

/// <summary>Where the products of a grid go: row m, image n, grid element (i, j) at Data + m·RowStride + n·ImageStride + i·LineStride + j·ColumnStride.</summary>
internal unsafe struct PatchTarget
{
    /// <summary>The first element of the first row.</summary>
    public float* Data;

    /// <summary>Floats from row to row of the product, from image to image, from grid line to grid line, from grid column to grid column.</summary>
    public nint RowStride, ImageStride, LineStride, ColumnStride;
}
