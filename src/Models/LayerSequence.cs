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
    protected sealed override Variable Compute(in Variable x, LayerTrace? trace) => Through(Represent(x, trace), HeadStart, _layers.Count, trace);

    /// <inheritdoc/>
    protected sealed override Variable Represent(in Variable x, LayerTrace? trace) =>
        Through(Views.Reshape(x, x.Size(0), InputShape.Channels, InputShape.Height, InputShape.Width), 0, HeadStart, trace);

    // the last layer with parameters, and what merely changes its output's shape
    private int HeadStart => _layers.Count - (_layers[^1] is FlattenLayer ? 2 : 1);

    private Variable Through(in Variable x, int first, int end, LayerTrace? trace)
    {
        Variable h = x;
        for (int i = first; i < end; i++)
            h = _layers[i].Forward(h, trace);
        return h;
    }
}
