using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Uniform without replacement: every set of slots equally likely.</summary>
public sealed class UniformRetrieval : IRetrievalPolicy
{
    /// <inheritdoc/>
    public void Choose(ReadOnlySpan<int> candidates, ReadOnlySpan<int> labels, ref RandomCursor random, Span<int> chosen)
    {
        random.Sample(chosen, candidates.IsEmpty ? labels.Length : candidates.Length);
        if (candidates.IsEmpty)
            return;
        foreach (ref int slot in chosen)
            slot = candidates[slot];
    }
}
