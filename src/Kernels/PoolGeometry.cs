namespace Engram.Kernels;

/// <summary>The windows of a pooling over images [batch, channels, height, width].</summary>
/// <param name="KernelHeight">Rows of a window, at least 1.</param>
/// <param name="KernelWidth">Columns of a window, at least 1.</param>
/// <param name="StrideHeight">Rows between two neighbouring windows, at least 1.</param>
/// <param name="StrideWidth">Columns between two neighbouring windows, at least 1.</param>
/// <param name="PaddingHeight">Rows around the image that windows may reach into, at most half a window.</param>
/// <param name="PaddingWidth">Columns around the image that windows may reach into, at most half a window.</param>
public readonly record struct PoolGeometry(int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth, int PaddingHeight, int PaddingWidth)
{
    /// <summary>The same on both axes.</summary>
    /// <param name="kernel">Rows and columns of a window, at least 1.</param>
    /// <param name="stride">Step between two windows; 0 takes the kernel's size, so that windows tile the image.</param>
    /// <param name="padding">Reach beyond each side, at most half the kernel.</param>
    public static PoolGeometry Square(int kernel, int stride = 0, int padding = 0)
    {
        int step = stride == 0 ? kernel : stride;
        return new(kernel, kernel, step, step, padding, padding);
    }

    /// <summary>Rows of the output; 0 when the padded image is smaller than a window.</summary>
    public int OutputHeight(int inputHeight) => Output(inputHeight, KernelHeight, StrideHeight, PaddingHeight);

    /// <summary>Columns of the output; 0 when the padded image is smaller than a window.</summary>
    public int OutputWidth(int inputWidth) => Output(inputWidth, KernelWidth, StrideWidth, PaddingWidth);

    /// <summary>What is wrong with these numbers by themselves, or null.</summary>
    public string? Problem =>
        KernelHeight < 1 || KernelWidth < 1 ? $"windows must have at least one row and column, got {KernelHeight}x{KernelWidth}"
        : StrideHeight < 1 || StrideWidth < 1 ? $"strides must be at least 1, got {StrideHeight}x{StrideWidth}"
        : PaddingHeight < 0 || PaddingWidth < 0 || PaddingHeight > KernelHeight / 2 || PaddingWidth > KernelWidth / 2
            ? $"paddings must be 0 to half the window {KernelHeight}x{KernelWidth}, got {PaddingHeight}x{PaddingWidth}"
        : null;

    private static int Output(int input, int kernel, int stride, int padding)
    {
        long room = (long)input + (2L * padding) - kernel;
        return room < 0 ? 0 : checked((int)(room / stride) + 1);
    }
}
