namespace Engram.Data;

/// <summary>
/// Which images form which batch of one task: every epoch visits every image once, in an order that is a pure function of
/// (seed, task, epoch). Any batch can be asked for directly; asking for the batches of one epoch in any order shuffles only once.
/// </summary>
/// <remarks>Filling a batch allocates nothing. One plan is for one thread.</remarks>
public sealed class BatchPlan
{
    private readonly int[] _order;
    private readonly ulong _seed;
    private int _shuffledEpoch = -1;

    /// <summary>Describes the batches of a task.</summary>
    /// <param name="count">Images of the task, at least 1.</param>
    /// <param name="batchSize">Images per batch, at least 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="task">The task, from 0.</param>
    /// <param name="dropLast">Leaves out a last batch that is not full; it is kept otherwise.</param>
    /// <exception cref="ArgumentException">No batch at all would be formed.</exception>
    public BatchPlan(int count, int batchSize, ulong seed, int task, bool dropLast = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(task);
        if (dropLast && count < batchSize)
        {
            throw new ArgumentException(
                $"batch plan: {count} images do not fill one batch of {batchSize}, and the last partial batch is to be dropped. " +
                "Use a smaller batch or keep the last batch.", nameof(batchSize));
        }

        _order = new int[count];
        _seed = seed;
        Count = count;
        BatchSize = batchSize;
        Task = task;
        BatchesPerEpoch = dropLast ? count / batchSize : (int)(((long)count + batchSize - 1) / batchSize);
    }

    /// <summary>Images of the task.</summary>
    public int Count { get; }

    /// <summary>Images per batch.</summary>
    public int BatchSize { get; }

    /// <summary>The task, from 0.</summary>
    public int Task { get; }

    /// <summary>Batches of an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>Writes the images of one batch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="batch">The batch, in <c>[0, BatchesPerEpoch)</c>.</param>
    /// <param name="indices">Receives the indices; at least <see cref="BatchSize"/> long.</param>
    /// <returns>The number of images in the batch: <see cref="BatchSize"/>, or fewer in a last partial batch.</returns>
    public int Fill(int epoch, int batch, Span<int> indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        if ((uint)batch >= (uint)BatchesPerEpoch)
        {
            throw new ArgumentOutOfRangeException(
                nameof(batch), batch, $"batch plan: batch {batch} was asked for, an epoch of {Count} images has {BatchesPerEpoch} of {BatchSize}.");
        }

        int start = batch * BatchSize;
        int size = Math.Min(BatchSize, Count - start);
        if (indices.Length < size)
        {
            throw new ArgumentException($"batch plan: a batch of {size} needs as many indices, got {indices.Length}.", nameof(indices));
        }

        if (_shuffledEpoch != epoch)
        {
            Draws.BatchOrder(_seed, Task, epoch).Permutation(_order);
            _shuffledEpoch = epoch;
        }

        _order.AsSpan(start, size).CopyTo(indices);
        return size;
    }

    /// <summary>Writes the batch at the cursor and moves the cursor behind it, into the next epoch after the last batch.</summary>
    /// <param name="cursor">The place; its task must be this plan's.</param>
    /// <param name="indices">Receives the indices; at least <see cref="BatchSize"/> long.</param>
    /// <returns>The number of images in the batch.</returns>
    public int Next(ref BatchCursor cursor, Span<int> indices)
    {
        if (cursor.Task != Task)
        {
            throw new ArgumentException($"batch plan: the cursor is in task {cursor.Task}, the plan is for task {Task}.", nameof(cursor));
        }

        int size = Fill(cursor.Epoch, cursor.Batch, indices);
        cursor = cursor.Batch + 1 < BatchesPerEpoch
            ? cursor with { Batch = cursor.Batch + 1 }
            : cursor with { Epoch = cursor.Epoch + 1, Batch = 0 };
        return size;
    }
}
