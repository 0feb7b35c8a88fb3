using Engram.Autograd;

namespace Engram.Models;

/// <summary>A network whose layers run one after the other on images [batch, channels, height, width].</summary>
public abstract class LayerSequence : Model
{
    private readonly Initialization _initialization;
    private readonly List<ILayer> _layers = [];

    private protected LayerSequence(string name, ModelOptions options, Initialization initialization) : base(name, options.Input, options.Outputs) =>
        _initialization = initialization;

    /// <inheritdoc/>
    public sealed override void Initialize(in Tensor values, ulong seed)
    {
        foreach (ILayer layer in _layers)
            layer.Initialize(values, _initialization, seed);
    }

    /// <summary>Appends a layer.</summary>
    private protected TLayer Then<TLayer>(TLayer layer) where TLayer : ILayer
    {
        _layers.Add(layer);
        return layer;
    }

    /// <inheritdoc/>
    protected sealed override Variable Compute(in Variable x, LayerTrace? trace)
    {
        Variable h = Views.Reshape(x, x.Size(0), InputShape.Channels, InputShape.Height, InputShape.Width);
        foreach (ILayer layer in _layers)
            h = layer.Forward(h, trace);
        return h;
    }
}
