namespace Engram.Kernels.Cpu;

/// <summary>
/// Sizes of one convolution, checked: x [batch, channels, height, width], weight [outputs, channels/groups, kernelHeight, kernelWidth],
/// y [batch, outputs, outputHeight, outputWidth].
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Channels">Planes of an image, all groups together.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="Outputs">Planes of a result, all groups together.</param>
/// <param name="KernelHeight">Rows of the kernel.</param>
/// <param name="KernelWidth">Columns of the kernel.</param>
/// <param name="Geometry">How the kernel walks.</param>
public readonly record struct ConvolutionShape(
    int Batch, int Channels, int Height, int Width, int Outputs, int KernelHeight, int KernelWidth, ConvolutionGeometry Geometry)
{
    /// <summary>Rows of a result plane.</summary>
    public int OutputHeight => Geometry.OutputHeight(Height, KernelHeight);

    /// <summary>Columns of a result plane.</summary>
    public int OutputWidth => Geometry.OutputWidth(Width, KernelWidth);

    /// <summary>Channels that one output sees.</summary>
    public int GroupChannels => Channels / Geometry.Groups;

    /// <summary>Outputs of one group.</summary>
    public int GroupOutputs => Outputs / Geometry.Groups;

    /// <summary>Taps of the kernel.</summary>
    public int Taps => KernelHeight * KernelWidth;

    /// <summary>The sizes of one call, or the error that names what does not fit.</summary>
    /// <param name="op">Who asks, for the message.</param>
    /// <param name="image">x or its gradient.</param>
    /// <param name="weight">The weights or their gradient.</param>
    /// <param name="result">y or its gradient.</param>
    /// <param name="geometry">How the kernel walks.</param>
    /// <exception cref="ArgumentException">A rank, a size or the geometry does not fit, or an operand is strided.</exception>
    public static ConvolutionShape Of(string op, in Layout image, in Layout weight, in Layout result, in ConvolutionGeometry geometry)
    {
        if (geometry.Problem is { } problem)
            throw new ArgumentException($"{op}: {problem}");
        if (image.Rank != 4 || weight.Rank != 4 || result.Rank != 4)
        {
            throw new ArgumentException($"{op}: expected images [batch, channels, height, width] and weights " +
                $"[outputs, channels/groups, kernelHeight, kernelWidth], got x {image}, weight {weight}, y {result}");
        }
        int channels = image.Size(1), outputs = weight.Size(0), groups = geometry.Groups;
        if (channels % groups != 0 || outputs % groups != 0)
            throw new ArgumentException($"{op}: {groups} groups do not divide {channels} channels and {outputs} outputs");
        if (weight.Size(1) != channels / groups)
        {
            throw new ArgumentException($"{op}: x {image} has {channels} channels in {groups} {(groups == 1 ? "group" : "groups")}, so the " +
                $"weight must be [outputs, {channels / groups}, kernelHeight, kernelWidth], got {weight}");
        }
        if (weight.Size(2) < 1 || weight.Size(3) < 1)
            throw new ArgumentException($"{op}: the kernel must have at least one tap, got weight {weight}");
        var shape = new ConvolutionShape(image.Size(0), channels, image.Size(2), image.Size(3), outputs, weight.Size(2), weight.Size(3), geometry);
        if (shape.OutputHeight < 1 || shape.OutputWidth < 1)
        {
            throw new ArgumentException($"{op}: the kernel of weight {weight} with {geometry} is larger than the padded image {image}; " +
                "use more padding, less dilation or a smaller kernel");
        }
        if (result.Size(0) != shape.Batch || result.Size(1) != outputs || result.Size(2) != shape.OutputHeight || result.Size(3) != shape.OutputWidth)
        {
            throw new ArgumentException($"{op}: x {image} and weight {weight} with {geometry} make " +
                $"[{shape.Batch}, {outputs}, {shape.OutputHeight}, {shape.OutputWidth}], got {result}");
        }
        if (!image.IsContiguous || !weight.IsContiguous || !result.IsContiguous)
        {
            throw new ArgumentException($"{op}: operands must be contiguous, got x {image}{Strided(image)}, weight {weight}{Strided(weight)}, " +
                $"y {result}{Strided(result)}; copy the strided one first (Tensor.Contiguous)");
        }
        return shape;
    }

    private static string Strided(in Layout layout) => layout.IsContiguous ? "" : " (strided)";
}
