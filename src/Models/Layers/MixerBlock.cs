using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// x ← x + tokens(norm1(x)ᵀ)ᵀ, then x ← x + channels(norm2(x)), for x [batch, tokens, channels] (Tolstikhin et al., 2021).
/// </summary>
public sealed class MixerBlock : ILayer
{
    private readonly string _name;
    private readonly LayerNormLayer _norm1, _norm2;
    private readonly MlpBlock _tokens, _channels;

    /// <summary>Adds the block's parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="tokens">Tokens of a sample.</param>
    /// <param name="channels">Features of a token.</param>
    /// <param name="tokenHidden">Hidden features of the MLP across tokens.</param>
    /// <param name="channelHidden">Hidden features of the MLP across channels.</param>
    /// <param name="dropout">Share of elements dropped while training.</param>
    public MixerBlock(ParameterSet parameters, string name, int tokens, int channels, int tokenHidden, int channelHidden, float dropout)
    {
        _name = name;
        _norm1 = new LayerNormLayer(parameters, $"{name}.norm1", channels);
        _tokens = new MlpBlock(parameters, $"{name}.mlp_tokens", tokens, tokenHidden, dropout);
        _norm2 = new LayerNormLayer(parameters, $"{name}.norm2", channels);
        _channels = new MlpBlock(parameters, $"{name}.mlp_channels", channels, channelHidden, dropout);
    }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable across = Views.Transpose(_norm1.Forward(x, trace), 1, 2);
        Variable h = x + Views.Transpose(_tokens.Forward(across, trace), 1, 2);
        trace?.Add(_name, "add", h);
        Variable y = h + _channels.Forward(_norm2.Forward(h, trace), trace);
        trace?.Add(_name, "add", y);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        _norm1.Initialize(values, initialization, seed);
        _tokens.Initialize(values, initialization, seed);
        _norm2.Initialize(values, initialization, seed);
        _channels.Initialize(values, initialization, seed);
    }
}
