using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Samples whose losses are asked for; nothing is copied.</summary>
/// <param name="x">Inputs as the network reads them, [n, inputs].</param>
/// <param name="labels">The output of every sample [n].</param>
/// <param name="state">Running statistics [s] of normalization layers, read and not moved; default for a network without any.</param>
/// <param name="offsets">Added to the logits, [n, outputs]: masked heads, class weights. Default for nothing.</param>
public readonly struct ScoredSamples(in Tensor x, in IndexView labels, in Tensor state = default, in Tensor offsets = default)
{
    private readonly Tensor _x = x, _state = state, _offsets = offsets;
    private readonly IndexView _labels = labels;

    /// <summary>Inputs [n, inputs].</summary>
    public Tensor X => _x;

    /// <summary>One output per sample [n].</summary>
    public IndexView Labels => _labels;

    /// <summary>Running statistics [s], or default.</summary>
    public Tensor State => _state;

    /// <summary>Offsets of the logits [n, outputs], or default.</summary>
    public Tensor Offsets => _offsets;

    /// <summary>Number of samples n.</summary>
    public int Count => _labels.Count;
}
