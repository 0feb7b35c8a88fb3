using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// Images [batch, channels, height, width] → [batch, outputs, height′, width′]; parameters <c>name.weight</c> [outputs, channels/groups, kernel, kernel]
/// and <c>name.bias</c> [outputs].
/// </summary>
public sealed class ConvolutionLayer : ILayer
{
    private readonly string _name;
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly ConvolutionGeometry _geometry;
    private readonly Activation _activation;

    /// <summary>Adds the layer's parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="input">Sizes of an image.</param>
    /// <param name="outputs">Channels out.</param>
    /// <param name="kernel">Rows and columns of the window.</param>
    /// <param name="geometry">How the window walks.</param>
    /// <param name="bias">False for a layer without bias.</param>
    /// <param name="activation">Applied afterwards.</param>
    /// <exception cref="ArgumentException">The window is larger than the padded image, or the groups do not divide the channels.</exception>
    public ConvolutionLayer(
        ParameterSet parameters, string name, ImageShape input, int outputs, int kernel, in ConvolutionGeometry geometry, bool bias = true,
        Activation activation = Activation.Identity)
    {
        if (input.Channels < 1 || outputs < 1 || input.Channels % geometry.Groups != 0 || outputs % geometry.Groups != 0)
            throw new ArgumentException($"convolution layer '{name}': {input.Channels} channels in and {outputs} out do not divide into {geometry.Groups} groups");
        Output = new ImageShape(outputs, geometry.OutputHeight(input.Height, kernel), geometry.OutputWidth(input.Width, kernel));
        if (Output.Height < 1 || Output.Width < 1)
            throw new ArgumentException($"convolution layer '{name}': a window of {kernel}×{kernel} does not fit into images of {input}; use larger images or a smaller network");
        _name = name;
        _weight = parameters.Add($"{name}.weight", outputs, input.Channels / geometry.Groups, kernel, kernel);
        _bias = bias ? parameters.Add($"{name}.bias", outputs) : null;
        _geometry = geometry;
        _activation = activation;
    }

    /// <summary>Sizes of an image that comes out.</summary>
    public ImageShape Output { get; }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable? bias = _bias is null ? null : x.Tape.Parameter(_bias);
        Variable y = Convolution.Apply(x, x.Tape.Parameter(_weight), bias, _geometry);
        trace?.Add(_name, $"convolution {_weight.Layout.Size(2)}×{_weight.Layout.Size(3)}", y, _weight.Count + (_bias?.Count ?? 0),
            2L * y.Value.Count * (_weight.Count / _weight.Layout.Size(0)));
        if (_activation == Activation.Identity)
            return y;
        y = _activation.Apply(y);
        trace?.Add("", _activation.ToString().ToLowerInvariant(), y);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed) => initialization.Fill(values, _weight, _bias, seed);
}
