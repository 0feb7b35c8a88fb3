using Engram.Autograd;

namespace Engram.Models;

/// <summary>x ← x + attn(norm1 x), then x ← x + mlp(norm2 x), for x [batch, tokens, features]: the pre-norm block.</summary>
public sealed class TransformerBlock : ILayer
{
    private readonly string _name;
    private readonly LayerNormLayer _norm1, _norm2;
    private readonly AttentionLayer _attention;
    private readonly MlpBlock _mlp;

    /// <summary>Adds the block's parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="features">Features of a token.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="hidden">Hidden features of the MLP.</param>
    /// <param name="dropout">Share of elements dropped while training.</param>
    public TransformerBlock(ParameterSet parameters, string name, int features, int heads, int hidden, float dropout)
    {
        _name = name;
        _norm1 = new LayerNormLayer(parameters, $"{name}.norm1", features);
        _attention = new AttentionLayer(parameters, $"{name}.attn", features, heads, dropout);
        _norm2 = new LayerNormLayer(parameters, $"{name}.norm2", features);
        _mlp = new MlpBlock(parameters, $"{name}.mlp", features, hidden, dropout);
    }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable h = x + _attention.Forward(_norm1.Forward(x, trace), trace);
        trace?.Add(_name, "add", h);
        Variable y = h + _mlp.Forward(_norm2.Forward(h, trace), trace);
        trace?.Add(_name, "add", y);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        _norm1.Initialize(values, initialization, seed);
        _attention.Initialize(values, initialization, seed);
        _norm2.Initialize(values, initialization, seed);
        _mlp.Initialize(values, initialization, seed);
    }
}
