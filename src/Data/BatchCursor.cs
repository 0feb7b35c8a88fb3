namespace Engram.Data;

/// <summary>A place in training: the next batch to be taken. Three integers are all that a resumed run needs to know about its data.</summary>
/// <param name="Task">The task, from 0.</param>
/// <param name="Epoch">The epoch of the task, from 0.</param>
/// <param name="Batch">The batch of the epoch, from 0.</param>
public readonly record struct BatchCursor(int Task, int Epoch, int Batch);
