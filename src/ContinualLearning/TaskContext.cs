using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>A task as the parts of a learner see it.</summary>
/// <param name="Index">Number of the task, 0 for the first.</param>
/// <param name="Info">What the learner was told.</param>
/// <param name="Features">Features per sample.</param>
/// <param name="Outputs">Logits per sample.</param>
/// <param name="Seed">The learner's seed.</param>
public readonly record struct TaskContext(int Index, TaskInfo Info, int Features, int Outputs, ulong Seed)
{
    /// <summary>Number of outputs that can occur in the task.</summary>
    public int ClassCount => Info.Classes.Length == 0 ? Outputs : Info.Classes.Length;

    /// <summary>Random numbers of this task for one purpose.</summary>
    public RandomCursor Random(string purpose) => new(RandomStream.For(Seed, purpose, (ulong)Index));
}
