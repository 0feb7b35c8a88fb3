using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Looking at a step between its constraint and its move, without changing it.</summary>
public sealed partial class TrainingStep
{
    private int _batchRows;

    /// <summary>Called with every step before the optimizer moves the parameters; null for nobody.</summary>
    internal Action<TrainingStep>? BeforeApply { get; set; }

    /// <summary>Gradient of the mean loss on the step's own batch, which is staged in the first rows.</summary>
    internal void DifferentiateBatch(in Tensor gradient) => DifferentiateAside(0, _batchRows, gradient);

    /// <summary>Gradient of the mean loss on a finished task's rows in memory.</summary>
    /// <returns>Number of rows; 0 where the memory has none, and the gradient is untouched.</returns>
    internal int DifferentiateMemory(IReplaySource source, int task, int most, in Tensor gradient, ref RandomCursor random)
    {
        (int staged, int prepared) = (_staged, _prepared);
        // rows that the strategy keeps staged stay where they are, in the order that it gave them
        (int first, int count, _) = StageFinished(source, task, most, _settledEnd > 0 ? _settledFirst : staged, ref random);
        if (count > 0)
            DifferentiateAside(first, count, gradient);
        (_staged, _prepared) = (staged, prepared);
        return count;
    }

    /// <summary>Gradient of the mean loss on samples of a task, normalized and not augmented.</summary>
    internal void DifferentiateSamples(ITaskSamples samples, ReadOnlySpan<int> indices, int task, in Tensor gradient)
    {
        int first = Math.Max(_staged, _settledEnd), count = indices.Length;
        Reserve(first + count);
        samples.CopyTo(indices, _x.Rows(first, count), _labelRows.AsSpan(first, count));
        _taskRows.AsSpan(first, count).Fill(task);
        _inputs.Change(_x.Rows(first, count), default, 0, augment: false);
        _x.Commit(first, count);
        DifferentiateAside(first, count, gradient);
    }

    private void DifferentiateAside(int first, int rows, in Tensor gradient)
    {
        ulong passes = _passes;
        DifferentiateReference(first, rows, gradient);
        _passes = passes;
    }
}
