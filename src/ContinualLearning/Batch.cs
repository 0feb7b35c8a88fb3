namespace Engram.ContinualLearning;

/// <summary>
/// Samples to learn from, x [n, features] with one label each. Nothing is copied or kept: the memory stays the caller's.
/// </summary>
public readonly ref struct Batch
{
    /// <summary>Samples of the running task.</summary>
    /// <param name="x">Features, row-major [n, features].</param>
    /// <param name="labels">One output per row [n].</param>
    /// <param name="task">Number of the task (0 for the first); −1 means the running one.</param>
    /// <param name="allowedClasses">For a masked head: the outputs of this task; empty means those of its <see cref="TaskInfo"/>.</param>
    /// <param name="tasks">Where rows of several tasks are learned together (joint training of several heads): the task of every row [n]; else empty.</param>
    public Batch(ReadOnlySpan<float> x, ReadOnlySpan<int> labels, int task = -1, ReadOnlySpan<int> allowedClasses = default, ReadOnlySpan<int> tasks = default)
    {
        X = x;
        Labels = labels;
        Task = task;
        AllowedClasses = allowedClasses;
        Tasks = tasks;
    }

    /// <summary>Features, row-major [n, features].</summary>
    public ReadOnlySpan<float> X { get; }

    /// <summary>One output per row [n].</summary>
    public ReadOnlySpan<int> Labels { get; }

    /// <summary>Number of the task, or −1 for the running one.</summary>
    public int Task { get; }

    /// <summary>The task's outputs, or empty.</summary>
    public ReadOnlySpan<int> AllowedClasses { get; }

    /// <summary>The task of every row, or empty when all belong to <see cref="Task"/>.</summary>
    public ReadOnlySpan<int> Tasks { get; }

    /// <summary>Number of samples n.</summary>
    public int Count => Labels.Length;
}
