using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>Largest element of every window: [batch, channels, height, width] → [batch, channels, height′, width′].</summary>
public sealed class MaxPoolLayer : ILayer
{
    private readonly PoolGeometry _geometry;

    /// <summary>Windows that tile the image, as far as whole ones fit.</summary>
    /// <param name="input">Sizes of an image.</param>
    /// <param name="window">Rows and columns of a window.</param>
    /// <exception cref="ArgumentException">No window fits into the image.</exception>
    public MaxPoolLayer(ImageShape input, int window)
    {
        _geometry = PoolGeometry.Square(window, window);
        Output = new ImageShape(input.Channels, _geometry.OutputHeight(input.Height), _geometry.OutputWidth(input.Width));
        if (Output.Height < 1 || Output.Width < 1)
            throw new ArgumentException($"max-pool layer: a window of {window}×{window} does not fit into images of {input}; use larger images or a smaller network");
    }

    /// <summary>Sizes of an image that comes out.</summary>
    public ImageShape Output { get; }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable y = Pooling.Max(x, _geometry);
        trace?.Add("", $"max-pool {_geometry.KernelHeight}×{_geometry.KernelWidth}", y);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
    }
}
