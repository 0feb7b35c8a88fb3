using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// ReLU(bn2(conv2(ReLU(bn1(conv1 x)))) + shortcut x) with 3×3 convolutions (He et al., 2016). The shortcut is x itself, or a 1×1 convolution with
/// batch norm (<c>downsample.0</c>, <c>downsample.1</c>) where sizes or channels change.
/// </summary>
public sealed class ResidualBlock : ILayer
{
    private readonly ConvolutionLayer _first, _second;
    private readonly BatchNormLayer _firstNorm, _secondNorm;
    private readonly ConvolutionLayer? _shortcut;
    private readonly BatchNormLayer? _shortcutNorm;

    /// <summary>Adds the block's parameters and running statistics to a model's sets.</summary>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="state">The model's running statistics.</param>
    /// <param name="name">Prefix of the names.</param>
    /// <param name="input">Sizes of an image.</param>
    /// <param name="channels">Channels out.</param>
    /// <param name="stride">Stride of the first convolution.</param>
    public ResidualBlock(ParameterSet parameters, ParameterSet state, string name, ImageShape input, int channels, int stride)
    {
        _first = new ConvolutionLayer(parameters, $"{name}.conv1", input, channels, 3, ConvolutionGeometry.Square(stride, 1), bias: false);
        _firstNorm = new BatchNormLayer(parameters, state, $"{name}.bn1", channels, relu: true);
        _second = new ConvolutionLayer(parameters, $"{name}.conv2", _first.Output, channels, 3, ConvolutionGeometry.Square(1, 1), bias: false);
        _secondNorm = new BatchNormLayer(parameters, state, $"{name}.bn2", channels, relu: true);
        if (stride == 1 && input.Channels == channels)
            return;
        _shortcut = new ConvolutionLayer(parameters, $"{name}.downsample.0", input, channels, 1, ConvolutionGeometry.Square(stride), bias: false);
        _shortcutNorm = new BatchNormLayer(parameters, state, $"{name}.downsample.1", channels);
    }

    /// <summary>Sizes of an image that comes out.</summary>
    public ImageShape Output => _second.Output;

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable shortcut = _shortcut is null ? x : _shortcutNorm!.Forward(_shortcut.Forward(x, trace), trace);
        Variable h = _firstNorm.Forward(_first.Forward(x, trace), trace);
        return _secondNorm.Forward(_second.Forward(h, trace), shortcut, trace);
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        _first.Initialize(values, initialization, seed);
        _firstNorm.Initialize(values, initialization, seed);
        _second.Initialize(values, initialization, seed);
        _secondNorm.Initialize(values, initialization, seed);
        _shortcut?.Initialize(values, initialization, seed);
        _shortcutNorm?.Initialize(values, initialization, seed);
    }
}
