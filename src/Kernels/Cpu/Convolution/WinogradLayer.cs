namespace Engram.Kernels.Cpu;

/// <summary>One 3×3 convolution as Winograd's algorithm sees it, of one group: the forward pass, or the gradient of the images, where the results' gradient is the image.</summary>
internal unsafe struct WinogradLayer
{
    /// <summary>Images, and the sizes of each before and after.</summary>
    public int Images, Channels, Height, Width, Outputs, OutputHeight, OutputWidth;

    /// <summary>Zeros before the first row and column of the image, 0 to 2; with <see cref="WinogradTwoStrideImage"/> of the output.</summary>
    public int PaddingHeight, PaddingWidth;

    /// <summary>Channel 0 of image 0, output 0 of image 0, one value per output or null.</summary>
    public float* Input, Output, Bias;

    /// <summary>The weights: element (output, channel, tap) at output · WeightRow + channel · WeightChannel + tap.</summary>
    public float* Weight;

    /// <summary>Floats from output to output and from channel to channel of the weights.</summary>
    public nint WeightRow, WeightChannel;

    /// <summary>Floats from image to image before and after, all groups together.</summary>
    public nint ImageStride, OutputStride;

    /// <summary>Whether the taps are read from the last to the first.</summary>
    public bool Turned;

    /// <summary>Whether results are added to what the output holds.</summary>
    public bool Add;

    /// <summary>Lines of tiles of an image, and tiles of a line: of 2×2 results of the convolution.</summary>
    public int TileRows, TileColumns;

    /// <summary>Lines of tiles of all images.</summary>
    public readonly int Lines => Images * TileRows;

    /// <summary>The layer of a group, where this is that of the first of so many.</summary>
    public readonly WinogradLayer OfGroup(int group)
    {
        var layer = this;
        layer.Input += (nint)group * Channels * Height * Width;
        layer.Output += (nint)group * Outputs * OutputHeight * OutputWidth;
        if (Bias != null)
            layer.Bias += group * Outputs;
        layer.Weight += (nint)group * Channels * Outputs * 9;
        return layer;
    }
}
