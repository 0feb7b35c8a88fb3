namespace Engram.Kernels.Cpu;

/// <summary>
/// The matrix that a convolution multiplies its weights with, never stored: rows are (channel, tap), columns are grid elements
/// (image, grid row, grid column), and an element is what the tap of the grid element's window reads, zero outside the image.
/// </summary>
internal unsafe struct PatchSource
{
    /// <summary>Channel 0 of image 0 of the group.</summary>
    public float* Data;

    /// <summary>Floats from image to image.</summary>
    public nint ImageStride;

    /// <summary>Channels of the group.</summary>
    public int Channels;

    /// <summary>Lines and columns of a source plane.</summary>
    public int Height, Width;

    /// <summary>Images, and grid lines and columns of each.</summary>
    public int Images, GridHeight, GridWidth;

    /// <summary>Taps per axis.</summary>
    public TapAxis Vertical, Horizontal;

    /// <summary>Taps of the kernel that take part.</summary>
    public readonly int Taps => Vertical.Count * Horizontal.Count;

    /// <summary>Grid elements of an image.</summary>
    public readonly int Plane => GridHeight * GridWidth;
}
