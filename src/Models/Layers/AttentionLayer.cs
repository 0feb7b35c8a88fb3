using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// Multi-head self-attention over tokens [batch, tokens, features] (Vaswani et al., 2017): <c>name.qkv</c> makes queries, keys and values,
/// <c>name.proj</c> joins the heads.
/// </summary>
public sealed class AttentionLayer : ILayer
{
    private readonly string _name;
    private readonly int _heads;
    private readonly LinearLayer _qkv, _projection;
    private readonly DropoutLayer _dropout;

    /// <summary>Adds the layers' parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="features">Features of a token, a multiple of the heads.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="dropout">Share of the result's elements dropped while training.</param>
    public AttentionLayer(ParameterSet parameters, string name, int features, int heads, float dropout)
    {
        _name = name;
        _heads = heads;
        _qkv = new LinearLayer(parameters, $"{name}.qkv", features, 3 * features);
        _projection = new LinearLayer(parameters, $"{name}.proj", features, features);
        _dropout = new DropoutLayer(dropout);
    }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable mixed = Attention.Apply(_qkv.Forward(x, trace), _heads);
        int tokens = x.Size(1);
        trace?.Add(_name, $"attention, {_heads} heads", mixed, 0, 4L * mixed.Value.Count * tokens); // two products, q·kᵀ and p·v
        return _dropout.Forward(_projection.Forward(mixed, trace), trace);
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        _qkv.Initialize(values, initialization, seed);
        _projection.Initialize(values, initialization, seed);
    }
}
