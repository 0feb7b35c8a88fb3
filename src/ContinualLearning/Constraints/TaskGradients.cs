using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Gradients on the memory of every past task, as rows of one matrix: a row is the gradient of the mean loss on one group of one task's memory, written
/// there by the backward pass itself. Groups of a task share one staging of its rows.
/// </summary>
/// <param name="device">Where the matrix lives.</param>
/// <param name="parameters">Length p of a row.</param>
/// <param name="most">Rows of a task's memory at most; all stored ones when null, and 256 from memories that make rows without end.</param>
/// <param name="groups">Groups per task.</param>
/// <param name="partition">How a task's rows become groups.</param>
/// <param name="seed">Of random groups.</param>
internal sealed class TaskGradients(Device device, int parameters, int? most, int groups, DataPartition partition, ulong seed) : IDisposable
{
    /// <summary>Rows taken from a memory that gives any number, unless told otherwise: GEM's memories per task.</summary>
    public const int Endless = 256;

    private Tensor _rows;
    private int _capacity;
    private int[] _order = [];
    private int[] _starts = [];

    /// <summary>Bytes of the matrix.</summary>
    public long Bytes => (long)_capacity * parameters * sizeof(float);

    /// <summary>Rows of memory behind the gradients that were computed last.</summary>
    public int Replayed { get; private set; }

    /// <summary>The gradients computed last, with a row to spare: [count + 1, p].</summary>
    public Tensor Rows(int count) => _rows.Slice(0, 0, count + 1);

    /// <summary>Computes all gradients. Tasks without memory have no row.</summary>
    /// <param name="step">The running step.</param>
    /// <param name="replay">The memory.</param>
    /// <param name="current">Rows of the batch, which stay staged.</param>
    /// <param name="random">Draws of this step.</param>
    /// <returns>The number of gradients.</returns>
    public int Compute(TrainingStep step, IReplaySource replay, int current, ref RandomCursor random)
    {
        Replayed = 0;
        int written = 0;
        for (int task = 0; task < step.Task; task++)
        {
            (int first, int count, bool fresh) = step.StageFinished(replay, task, RowsWanted(replay, task, most), current, ref random);
            if (count == 0)
                continue;
            Reserve(written + groups + 1);
            Replayed += count;
            int parts = Math.Min(groups, count);
            if (parts > 1 && fresh)
                Arrange(step, task, first, count, parts);
            for (int g = 0; g < parts; g++)
            {
                int start = Start(g, count, parts), end = Start(g + 1, count, parts);
                step.DifferentiateReference(first + start, end - start, _rows.Select(0, written++));
            }
        }

        return written;
    }

    /// <summary>How many rows of a task's memory a step reads.</summary>
    public static int RowsWanted(IReplaySource replay, int task, int? most) =>
        most ?? (replay.AvailableOf(task) is var stored && stored == int.MaxValue ? Endless : stored);

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private static int Start(int group, int count, int parts) => (int)((long)group * count / parts);

    private void Reserve(int rows)
    {
        if (rows <= _capacity)
            return;
        // in the first step of a task; rows written so far are kept
        int capacity = rows + groups;
        Tensor grown = Tensor.Zeros(device, capacity, parameters);
        if (_capacity > 0)
        {
            _rows.CopyTo(grown.Slice(0, 0, _capacity));
            _rows.Dispose();
        }

        (_rows, _capacity) = (grown, capacity);
    }

    // rows of one group one after the other
    private void Arrange(TrainingStep step, int task, int first, int count, int parts)
    {
        if (partition == DataPartition.ByTime)
            return;
        if (_order.Length < count)
            _order = new int[count];
        Span<int> order = _order.AsSpan(0, count);
        switch (partition)
        {
            case DataPartition.Random:
                new RandomCursor(RandomStream.For(seed, "memory groups", (ulong)task)).Permutation(order);
                break;
            case DataPartition.Interleaved:
                for (int i = 0, at = 0; i < parts; i++)
                {
                    for (int row = i; row < count; row += parts)
                        order[at++] = row;
                }

                break;
            default:
                ByLabel(step.LabelsOf(first, count), order);
                break;
        }

        step.Reorder(first, order);
    }

    // counting sort, stable
    private void ByLabel(ReadOnlySpan<int> labels, Span<int> order)
    {
        int classes = 0;
        foreach (int label in labels)
            classes = Math.Max(classes, label + 1);
        if (_starts.Length < classes + 1)
            _starts = new int[classes + 1];
        _starts.AsSpan().Clear();
        foreach (int label in labels)
            _starts[label + 1]++;
        for (int c = 0; c < classes; c++)
            _starts[c + 1] += _starts[c];
        for (int i = 0; i < labels.Length; i++)
            order[_starts[labels[i]]++] = i;
    }
}
