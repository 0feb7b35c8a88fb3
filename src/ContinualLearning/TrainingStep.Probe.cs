using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Looking at a step between its constraint and its move, without changing it.</summary>
public sealed partial class TrainingStep
{
    private int _batchRows;

    /// <summary>Called with every step before the optimizer moves the parameters; null for nobody.</summary>
    internal Action<TrainingStep>? BeforeApply { get; set; }

    /// <summary>Rows of the step's own batch, the first ones, and of those behind it that a memory gave, without second views.</summary>
    internal (int Batch, int Replayed) Parts => (_batchRows, (_viewed ? _staged / 2 : _staged) - _batchRows);

    /// <summary>Features of staged rows in evaluation mode, [rows, d], of length 1 and valid until the next pass.</summary>
    internal Tensor UnitFeatures(int first, int rows) => UnitFeatures(_x.Slice(first, rows));

    /// <summary>Gradient of the mean loss on staged rows; statistics and draws of the step stay what they are.</summary>
    internal void DifferentiateStaged(int first, int rows, in Tensor gradient) => DifferentiateAside(first, rows, gradient);

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

    /// <summary>Gradient of one sample's loss, with running statistics as at test time: the score that a Fisher information is the second moment of.</summary>
    /// <param name="samples">Samples of the task.</param>
    /// <param name="index">The sample.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="fromModel">Draw the label from the network's probabilities among the outputs that the task's loss sees, instead of the sample's own.</param>
    /// <param name="random">Draws of labels.</param>
    /// <param name="gradient">Receives d loss / d values [p].</param>
    internal void DifferentiateSample(ITaskSamples samples, int index, int task, bool fromModel, ref RandomCursor random, in Tensor gradient)
    {
        int first = Math.Max(_staged, _settledEnd);
        Reserve(first + 1);
        samples.CopyTo([index], _x.Rows(first, 1), _labelRows.AsSpan(first, 1));
        _taskRows[first] = task;
        _inputs.Change(_x.Rows(first, 1), default, 0, augment: false);
        _x.Commit(first, 1);
        if (fromModel)
            _labelRows[first] = DrawLabel(first, task, random.NextUniformDouble());
        DifferentiateLoss(first, 1, gradient, null, training: false);
    }

    private int DrawLabel(int row, int task, double place)
    {
        float[] logits = Forward(_x.Slice(row, 1)).ToArray(), mask = new float[logits.Length];
        if (_head != HeadPolicy.Shared)
            Mask(task).CopyTo(mask, 0);
        int from = ColumnOf(task, 0), labels = LabelCount;
        double most = double.NegativeInfinity, sum = 0;
        for (int c = from; c < from + labels; c++)
            most = Math.Max(most, logits[c] + mask[c]);
        for (int c = from; c < from + labels; c++)
            sum += Math.Exp(logits[c] + mask[c] - most);
        int drawn = 0;
        for (int label = 0; label < labels; label++)
        {
            double share = Math.Exp(logits[from + label] + mask[from + label] - most) / sum;
            if (share > 0)
                drawn = label;
            if ((place -= share) < 0)
                break;
        }

        return drawn;
    }

    private void DifferentiateAside(int first, int rows, in Tensor gradient)
    {
        ulong passes = _passes;
        DifferentiateReference(first, rows, gradient);
        _passes = passes;
    }
}
