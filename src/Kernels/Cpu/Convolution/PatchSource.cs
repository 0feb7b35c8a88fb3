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

    /// <summary>Images, and lines and columns of each target plane.</summary>
    public int Images, TargetHeight, TargetWidth;

    /// <summary>Taps per axis.</summary>
    public TapAxis Vertical, Horizontal;

    /// <summary>Taps of the kernel.</summary>
    public readonly int Taps => Vertical.Count * Horizontal.Count;

    /// <summary>Grids of both axes.</summary>
    public readonly int Grids => Vertical.Grids * Horizontal.Grids;

    /// <summary>Lines of the largest grid.</summary>
    public readonly int GridHeight => Vertical.Lines(0, TargetHeight);

    /// <summary>Columns of the largest grid.</summary>
    public readonly int GridWidth => Horizontal.Lines(0, TargetWidth);

    /// <summary>Elements of the largest grid in an image.</summary>
    public readonly int Plane => GridHeight * GridWidth;
}
