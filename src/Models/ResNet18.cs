using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// ResNet-18 (He et al., 2016) in the form for small images: a 3×3 stem without max-pool, four stages of two blocks with w, 2w, 4w and 8w
/// channels, global average pool. Width 64 is the full network, 20 the reduced one of GEM and A-GEM. Names are torchvision's
/// (<c>conv1</c>, <c>bn1</c>, <c>layer1.0.conv1</c>, …, <c>layer2.0.downsample.0</c>, <c>fc</c>). Images of any size and number of channels.
/// </summary>
public sealed class ResNet18 : Model
{
    private const int Stages = 4, BlocksPerStage = 2;

    private readonly ResNet18Options _options;
    private readonly ConvolutionLayer _stem;
    private readonly BatchNormLayer _stemNorm;
    private readonly ResidualBlock[] _blocks = new ResidualBlock[Stages * BlocksPerStage];
    private readonly ILayer _head;

    /// <summary>Builds the layers.</summary>
    public ResNet18(ResNet18Options options)
        : base($"resnet18 width {options.Width}{(options.StemStride == 1 ? "" : $" stem stride {options.StemStride}")}{(options.Pool == 1 ? "" : $" pool {options.Pool}")} " +
            $"{(options.CosineHead is { } cosine ? $"cosine {cosine.Temperature} " : "")}{options.Input}-{options.Outputs}", options.Input, options.Outputs)
    {
        _options = options;
        _stem = new ConvolutionLayer(Parameters, "conv1", options.Input, options.Width, 3, ConvolutionGeometry.Square(options.StemStride, 1), bias: false);
        _stemNorm = new BatchNormLayer(Parameters, State, "bn1", options.Width, relu: true);
        ImageShape shape = _stem.Output;
        for (int i = 0; i < _blocks.Length; i++)
        {
            int stage = i / BlocksPerStage, position = i % BlocksPerStage;
            int stride = stage > 0 && position == 0 ? 2 : 1;
            _blocks[i] = new ResidualBlock(Parameters, State, $"layer{stage + 1}.{position}", shape, options.Width << stage, stride);
            shape = _blocks[i].Output;
        }
        int features = shape.Channels * options.Pool * options.Pool;
        _head = options.CosineHead is { } head ? new CosineLayer(Parameters, "fc", features, options.Outputs, head) : new LinearLayer(Parameters, "fc", features, options.Outputs);
    }

    /// <inheritdoc/>
    public override void Initialize(in Tensor values, ulong seed)
    {
        _stem.Initialize(values, _options.Initialization, seed);
        _stemNorm.Initialize(values, _options.Initialization, seed);
        foreach (ResidualBlock block in _blocks)
            block.Initialize(values, _options.Initialization, seed);
        _head.Initialize(values, _options.Initialization, seed);
    }

    /// <inheritdoc/>
    protected override Variable Compute(in Variable x, LayerTrace? trace) => _head.Forward(Represent(x, trace), trace);

    /// <inheritdoc/>
    protected override Variable Represent(in Variable x, LayerTrace? trace)
    {
        int batch = x.Size(0);
        Variable h = Views.Reshape(x, batch, InputShape.Channels, InputShape.Height, InputShape.Width);
        h = _stemNorm.Forward(_stem.Forward(h, trace), trace);
        foreach (ResidualBlock block in _blocks)
            h = block.Forward(h, trace);
        h = Pooling.AdaptiveAverage(h, _options.Pool, _options.Pool);
        trace?.Add("", "average pool", h);
        return Views.Reshape(h, batch, -1);
    }
}
