using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>A memory of the past that gives labelled samples back: stored ones, or ones made by generators.</summary>
public interface IReplaySource : ICheckpointed
{
    /// <summary>What the memory costs now.</summary>
    MemoryUse MemoryUse { get; }

    /// <summary>True when all rows of a finished task, read by <see cref="DrawTask"/>, are the same at every later time.</summary>
    bool KeepsFinishedTasks => false;

    /// <summary>Training samples of the task wanted when it ends; 0 when the memory fills itself from the stream or needs none.</summary>
    int SamplesWanted(in TaskContext task);

    /// <summary>How many rows one <see cref="Draw"/> can give at most: stored samples, or any number from generators.</summary>
    int Available(ReplayScope scope);

    /// <summary>Draws as many rows as fit <paramref name="y"/>, or fewer when fewer are stored.</summary>
    /// <param name="scope">Which part of the memory.</param>
    /// <param name="random">The draws; two calls that go on with one cursor give what one call of the sum gives, for generators.</param>
    /// <param name="x">Receives features [count, features].</param>
    /// <param name="y">Receives labels [count].</param>
    /// <param name="tasks">Receives task numbers [count].</param>
    /// <returns>Rows written.</returns>
    int Draw(ReplayScope scope, ref RandomCursor random, Span<float> x, Span<int> y, Span<int> tasks);

    /// <summary>How many rows of one task <see cref="DrawTask"/> can give at most: stored samples, or any number from generators.</summary>
    int AvailableOf(int task);

    /// <summary>
    /// Rows of one task: all that are stored, in the order of the memory, where <paramref name="y"/> has room for them; else so many different ones at
    /// random. Generators fill y.
    /// </summary>
    /// <param name="task">Number of the task.</param>
    /// <param name="random">The draws.</param>
    /// <param name="x">Receives features [count, features].</param>
    /// <param name="y">Receives labels [count].</param>
    /// <returns>Rows written.</returns>
    int DrawTask(int task, ref RandomCursor random, Span<float> x, Span<int> y);

    /// <summary>A task begins.</summary>
    void BeginTask(in TaskContext task);

    /// <summary>Offers a batch of the running task, after its step.</summary>
    void Observe(in Batch batch, int task, ref RandomCursor random);

    /// <summary>A task ends.</summary>
    /// <param name="task">The task.</param>
    /// <param name="samples">Its training samples, or null when <see cref="SamplesWanted"/> is 0.</param>
    void EndTask(in TaskContext task, ITaskSamples? samples);
}
