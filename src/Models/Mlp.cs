using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// A multilayer perceptron, x [batch, inputs] → logits [batch, outputs]. Parameter names are those of a PyTorch
/// <c>nn.Sequential(Linear, act, Linear, act, …, Linear)</c>: <c>0.weight</c>, <c>0.bias</c>, <c>2.weight</c>, …
/// </summary>
public sealed class Mlp : Model
{
    private readonly MlpOptions _options;
    private readonly ILayer[] _layers;

    /// <summary>Builds the layers.</summary>
    /// <exception cref="ArgumentException">A width is below 1.</exception>
    public Mlp(MlpOptions options) : base($"mlp {string.Join('-', Widths(options))}{(options.CosineHead is { } cosine ? $" cosine {cosine.Temperature}" : "")}", options.Input, options.Outputs)
    {
        _options = options;
        int[] widths = Widths(options);
        _layers = new ILayer[widths.Length - 1];
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i] = options.CosineHead is { } head && i == _layers.Length - 1 ? new CosineLayer(Parameters, $"{2 * i}", widths[i], widths[i + 1], head) : new LinearLayer(Parameters, $"{2 * i}", widths[i], widths[i + 1], i < _layers.Length - 1 ? options.Activation : Activation.Identity);
        }
    }

    /// <inheritdoc/>
    protected override Variable Compute(in Variable x, LayerTrace? trace) => _layers[^1].Forward(Represent(x, trace), trace);

    /// <inheritdoc/>
    protected override Variable Represent(in Variable x, LayerTrace? trace)
    {
        Variable h = x;
        for (int i = 0; i < _layers.Length - 1; i++)
            h = _layers[i].Forward(h, trace);
        return h;
    }

    /// <inheritdoc/>
    public override void Initialize(in Tensor values, ulong seed)
    {
        foreach (ILayer layer in _layers)
            layer.Initialize(values, _options.Initialization, seed);
    }

    private static int[] Widths(MlpOptions options) => [options.Input.Features, .. options.Hidden, options.Outputs];
}
