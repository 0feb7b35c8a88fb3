using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// Two linear maps with GELU between them, [..., features] → [..., features]: <c>name.fc1</c> and <c>name.fc2</c>, dropout after each.
/// </summary>
public sealed class MlpBlock : ILayer
{
    private readonly LinearLayer _first, _second;
    private readonly DropoutLayer _dropout;

    /// <summary>Adds the layers' parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="features">Size of the last axis.</param>
    /// <param name="hidden">Features between the maps.</param>
    /// <param name="dropout">Share of elements dropped while training.</param>
    public MlpBlock(ParameterSet parameters, string name, int features, int hidden, float dropout)
    {
        _first = new LinearLayer(parameters, $"{name}.fc1", features, hidden, Activation.Gelu);
        _second = new LinearLayer(parameters, $"{name}.fc2", hidden, features);
        _dropout = new DropoutLayer(dropout);
    }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace) =>
        _dropout.Forward(_second.Forward(_dropout.Forward(_first.Forward(x, trace), trace), trace), trace);

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        _first.Initialize(values, initialization, seed);
        _second.Initialize(values, initialization, seed);
    }
}
