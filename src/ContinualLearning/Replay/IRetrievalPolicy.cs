using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Which of the stored samples are replayed in a step.</summary>
public interface IRetrievalPolicy
{
    /// <summary>Chooses different slots out of the candidates.</summary>
    /// <param name="candidates">Slots that may be chosen; empty means all slots [0, labels.Length).</param>
    /// <param name="labels">Label of every slot.</param>
    /// <param name="random">Draws of this step.</param>
    /// <param name="chosen">Receives slots; never longer than there are candidates.</param>
    void Choose(ReadOnlySpan<int> candidates, ReadOnlySpan<int> labels, ref RandomCursor random, Span<int> chosen);
}
