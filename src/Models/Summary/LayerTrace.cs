using Engram.Autograd;

namespace Engram.Models;

/// <summary>What layers tell about themselves while a model runs once for <see cref="Model.Summary"/>.</summary>
public sealed class LayerTrace
{
    private readonly List<LayerSummary> _layers = [];
    private readonly int _batch;
    private readonly Tape _tape;
    private long _kept;

    internal LayerTrace(Tape tape, int batch)
    {
        _tape = tape;
        _batch = batch;
        _kept = tape.Saved.Bytes;
    }

    internal IReadOnlyList<LayerSummary> Layers => _layers;

    /// <summary>Notes a layer; what was kept for backward since the last call is counted as its own.</summary>
    /// <param name="name">Prefix of its parameter names; empty for a layer without any.</param>
    /// <param name="kind">What it does.</param>
    /// <param name="output">What it made, [batch, ...].</param>
    /// <param name="parameters">Number of parameters.</param>
    /// <param name="flops">Floating-point operations of its products for the whole batch.</param>
    public void Add(string name, string kind, in Variable output, int parameters = 0, long flops = 0)
    {
        long kept = _tape.Saved.Bytes;
        _layers.Add(new LayerSummary(name, kind, output.Layout.Sizes[1..].ToArray(), parameters, flops / _batch, kept - _kept));
        _kept = kept;
    }
}
