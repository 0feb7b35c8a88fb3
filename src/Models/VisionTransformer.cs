using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// A vision transformer (Dosovitskiy et al., 2021): patches become tokens with learned positions, pre-norm blocks of self-attention and MLP, then a class
/// token or the mean over tokens is classified. Names are timm's (<c>cls_token</c>, <c>pos_embed</c>, <c>patch_embed.proj</c>,
/// <c>blocks.0.norm1</c>, <c>blocks.0.attn.qkv</c>, <c>blocks.0.attn.proj</c>, <c>blocks.0.norm2</c>, <c>blocks.0.mlp.fc1</c>, …, <c>norm</c>, <c>head</c>).
/// </summary>
public sealed class VisionTransformer : Model
{
    private const float TokenDeviation = 0.02f, ClassTokenDeviation = 1e-6f; // timm's

    private readonly VisionTransformerOptions _options;
    private readonly Parameter? _classToken;
    private readonly Parameter _positions;
    private readonly PatchEmbedding _patches;
    private readonly DropoutLayer _dropout;
    private readonly TransformerBlock[] _blocks;
    private readonly LayerNormLayer _norm;
    private readonly LinearLayer _head;

    /// <summary>Builds the layers.</summary>
    /// <exception cref="ArgumentException">The patch does not divide the image.</exception>
    public VisionTransformer(VisionTransformerOptions options)
        : base($"vit patch {options.Patch} width {options.Width} depth {options.Depth} heads {options.Heads} hidden {options.MlpHidden}" +
            $"{(options.ClassToken ? "" : " mean")} {options.Input}-{options.Outputs}", options.Input, options.Outputs)
    {
        _options = options;
        _classToken = options.ClassToken ? Parameters.Add("cls_token", 1, 1, options.Width) : null;
        int patches = options.Input.Height / options.Patch * (options.Input.Width / options.Patch);
        _positions = Parameters.Add("pos_embed", 1, patches + (options.ClassToken ? 1 : 0), options.Width);
        _patches = new PatchEmbedding(Parameters, "patch_embed.proj", options.Input, options.Patch, options.Width);
        _dropout = new DropoutLayer((float)options.Dropout);
        _blocks = new TransformerBlock[options.Depth];
        for (int i = 0; i < _blocks.Length; i++)
            _blocks[i] = new TransformerBlock(Parameters, $"blocks.{i}", options.Width, options.Heads, options.MlpHidden, (float)options.Dropout);
        _norm = new LayerNormLayer(Parameters, "norm", options.Width);
        _head = new LinearLayer(Parameters, "head", options.Width, options.Outputs);
    }

    /// <inheritdoc/>
    public override void Initialize(in Tensor values, ulong seed)
    {
        if (_classToken is not null)
            InitialValues.Normal(values, _classToken, ClassTokenDeviation, seed);
        InitialValues.Normal(values, _positions, TokenDeviation, seed);
        _patches.Initialize(values, _options.Initialization, seed);
        foreach (TransformerBlock block in _blocks)
            block.Initialize(values, _options.Initialization, seed);
        _norm.Initialize(values, _options.Initialization, seed);
        _head.Initialize(values, _options.Initialization, seed);
    }

    /// <inheritdoc/>
    protected override Variable Compute(in Variable x, LayerTrace? trace) => _head.Forward(Represent(x, trace), trace);

    /// <inheritdoc/>
    protected override Variable Represent(in Variable x, LayerTrace? trace)
    {
        int batch = x.Size(0);
        Variable h = _patches.Forward(x, trace);
        if (_classToken is not null)
            h = Concatenate.Apply(Views.BroadcastTo(x.Tape.Parameter(_classToken), batch, 1, _options.Width), h, 1);
        h = _dropout.Forward(h + x.Tape.Parameter(_positions), trace);
        trace?.Add("pos_embed", "positions", h, _positions.Count + (_classToken?.Count ?? 0));
        foreach (TransformerBlock block in _blocks)
            h = block.Forward(h, trace);
        // the mean needs every token normalized, the class token only itself
        return _classToken is not null
            ? _norm.Forward(Views.Reshape(Views.Slice(h, 1, 0, 1), batch, _options.Width), trace)
            : Views.Reshape(Reduce.Mean(_norm.Forward(h, trace), 1), batch, _options.Width);
    }
}
