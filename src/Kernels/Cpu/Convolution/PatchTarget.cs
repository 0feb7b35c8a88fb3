namespace Engram.Kernels.Cpu;

/// <summary>Where the products go: row m of image n at Data + m·RowStride + n·ImageStride, a plane of neighbouring lines.</summary>
internal unsafe struct PatchTarget
{
    /// <summary>The first element of the first row.</summary>
    public float* Data;

    /// <summary>Floats from row to row of the product and from image to image.</summary>
    public nint RowStride, ImageStride;
}
