namespace Engram.Kernels;

/// <summary>
/// How a convolution window walks over an image: stride, zero padding and dilation per axis, and the number of channel groups.
/// Images are [batch, channels, height, width], weights [outputs, channels/groups, kernelHeight, kernelWidth].
/// </summary>
/// <param name="StrideHeight">Rows between two neighbouring windows, at least 1.</param>
/// <param name="StrideWidth">Columns between two neighbouring windows, at least 1.</param>
/// <param name="PaddingHeight">Rows of zeros above and below the image, at least 0.</param>
/// <param name="PaddingWidth">Columns of zeros left and right of the image, at least 0.</param>
/// <param name="DilationHeight">Rows between two neighbouring taps of the kernel, at least 1.</param>
/// <param name="DilationWidth">Columns between two neighbouring taps of the kernel, at least 1.</param>
/// <param name="Groups">Number of groups; group g of the outputs sees group g of the channels only. As many groups as channels is a
/// depthwise convolution.</param>
public readonly record struct ConvolutionGeometry(
    int StrideHeight, int StrideWidth, int PaddingHeight, int PaddingWidth, int DilationHeight, int DilationWidth, int Groups)
{
    /// <summary>The same stride, padding and dilation on both axes.</summary>
    /// <param name="stride">Step between two windows, at least 1.</param>
    /// <param name="padding">Zeros on each side, at least 0.</param>
    /// <param name="dilation">Step between two taps, at least 1.</param>
    /// <param name="groups">Number of channel groups, at least 1.</param>
    public static ConvolutionGeometry Square(int stride = 1, int padding = 0, int dilation = 1, int groups = 1) =>
        new(stride, stride, padding, padding, dilation, dilation, groups);

    /// <summary>Rows of the output; below 1 when the padded image is smaller than the dilated kernel.</summary>
    /// <param name="inputHeight">Rows of the image.</param>
    /// <param name="kernelHeight">Rows of the kernel.</param>
    public int OutputHeight(int inputHeight, int kernelHeight) =>
        Output(inputHeight, kernelHeight, StrideHeight, PaddingHeight, DilationHeight);

    /// <summary>Columns of the output; below 1 when the padded image is smaller than the dilated kernel.</summary>
    /// <param name="inputWidth">Columns of the image.</param>
    /// <param name="kernelWidth">Columns of the kernel.</param>
    public int OutputWidth(int inputWidth, int kernelWidth) =>
        Output(inputWidth, kernelWidth, StrideWidth, PaddingWidth, DilationWidth);

    /// <summary>What is wrong with these numbers by themselves, or null.</summary>
    public string? Problem =>
        StrideHeight < 1 || StrideWidth < 1 ? $"strides must be at least 1, got {StrideHeight}x{StrideWidth}"
        : PaddingHeight < 0 || PaddingWidth < 0 ? $"paddings must not be negative, got {PaddingHeight}x{PaddingWidth}"
        : DilationHeight < 1 || DilationWidth < 1 ? $"dilations must be at least 1, got {DilationHeight}x{DilationWidth}"
        : Groups < 1 ? $"groups must be at least 1, got {Groups}"
        : null;

    private static int Output(int input, int kernel, int stride, int padding, int dilation)
    {
        var room = (long)input + (2L * padding) - ((long)dilation * (kernel - 1)) - 1;
        // Division toward zero would make a window that does not fit (room < 0) count as one.
        return room < 0 ? 0 : checked((int)(room / stride) + 1);
    }
}
