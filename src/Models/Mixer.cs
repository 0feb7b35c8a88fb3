using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// MLP-Mixer (Tolstikhin et al., 2021): patches become tokens, blocks mix first across tokens, then across channels, the mean over tokens is
/// classified. Names are timm's (<c>stem.proj</c>, <c>blocks.0.norm1</c>, <c>blocks.0.mlp_tokens.fc1</c>, <c>blocks.0.norm2</c>,
/// <c>blocks.0.mlp_channels.fc1</c>, …, <c>norm</c>, <c>head</c>).
/// </summary>
public sealed class Mixer : Model
{
    private readonly MixerOptions _options;
    private readonly PatchEmbedding _stem;
    private readonly MixerBlock[] _blocks;
    private readonly LayerNormLayer _norm;
    private readonly LinearLayer _head;

    /// <summary>Builds the layers.</summary>
    /// <exception cref="ArgumentException">The patch does not divide the image.</exception>
    public Mixer(MixerOptions options)
        : base($"mixer patch {options.Patch} width {options.Width} depth {options.Depth} hidden {options.TokenHidden}/{options.ChannelHidden} {options.Input}-{options.Outputs}",
            options.Input, options.Outputs)
    {
        _options = options;
        _stem = new PatchEmbedding(Parameters, "stem.proj", options.Input, options.Patch, options.Width);
        _blocks = new MixerBlock[options.Depth];
        for (int i = 0; i < _blocks.Length; i++)
            _blocks[i] = new MixerBlock(Parameters, $"blocks.{i}", _stem.Tokens, options.Width, options.TokenHidden, options.ChannelHidden, (float)options.Dropout);
        _norm = new LayerNormLayer(Parameters, "norm", options.Width);
        _head = new LinearLayer(Parameters, "head", options.Width, options.Outputs);
    }

    /// <inheritdoc/>
    public override void Initialize(in Tensor values, ulong seed)
    {
        _stem.Initialize(values, _options.Initialization, seed);
        foreach (MixerBlock block in _blocks)
            block.Initialize(values, _options.Initialization, seed);
        _norm.Initialize(values, _options.Initialization, seed);
        _head.Initialize(values, _options.Initialization, seed);
    }

    /// <inheritdoc/>
    protected override Variable Compute(in Variable x, LayerTrace? trace) => _head.Forward(Represent(x, trace), trace);

    /// <inheritdoc/>
    protected override Variable Represent(in Variable x, LayerTrace? trace)
    {
        Variable h = _stem.Forward(x, trace);
        foreach (MixerBlock block in _blocks)
            h = block.Forward(h, trace);
        h = Views.Reshape(Reduce.Mean(_norm.Forward(h, trace), 1), x.Size(0), _options.Width);
        trace?.Add("", "mean over tokens", h);
        return h;
    }
}
