using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// The last n samples of every task, as GEM keeps them (Lopez-Paz and Ranzato 2017, arXiv 1706.08840): one first-in-first-out queue per task. Shorter tasks keep
/// what they have. When a task ends its samples are put in the order of time, oldest first.
/// </summary>
/// <param name="options">The quota n, a number or what a scalar-equal or byte-equal quota makes of the task's classes.</param>
public sealed class TaskRingStorage(BufferOptions options) : IStoragePolicy
{
    private readonly TaskEndStorage _quota = new(options);
    private int _capacity;
    private int _first; // the running task's slots are [_first, _first + min(_written, _capacity))
    private long _written;

    /// <inheritdoc/>
    public bool KeepsFinishedTasks => true;

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task, int features) => 0;

    /// <inheritdoc/>
    public void BeginTask(in TaskContext task, SampleStore store)
    {
        _capacity = _quota.Quota(task.ClassCount, store.Features);
        _first = store.Count;
        _written = 0;
        store.Reserve(checked(store.Count + _capacity));
    }

    /// <inheritdoc/>
    public void Observe(in Batch batch, int task, SampleStore store, ref RandomCursor random)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<float> x = batch.X.Slice(i * store.Features, store.Features);
            if (_written < _capacity)
                store.Append(x, batch.Labels[i], task);
            else
                store.Write(_first + (int)(_written % _capacity), x, batch.Labels[i], task);
            _written++;
        }
    }

    /// <inheritdoc/>
    public void EndTask(in TaskContext task, ITaskSamples? samples, SampleStore store)
    {
        int oldest = _written > _capacity ? (int)(_written % _capacity) : 0;
        if (oldest == 0)
            return;
        var x = new float[_capacity * store.Features];
        int[] labels = store.Labels.Slice(_first, _capacity).ToArray();
        for (int i = 0; i < _capacity; i++)
            store.Read(_first + i, x.AsSpan(i * store.Features, store.Features));
        for (int i = 0; i < _capacity; i++)
        {
            int from = (oldest + i) % _capacity;
            store.Write(_first + i, x.AsSpan(from * store.Features, store.Features), labels[from], task.Index);
        }
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Counter("taskRing.capacity", _capacity);
        writer.Counter("taskRing.first", _first);
        writer.Counter("taskRing.written", _written);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        int held = reader.Length("memory.labels");
        _capacity = (int)reader.Counter("taskRing.capacity", 0, int.MaxValue);
        _first = (int)reader.Counter("taskRing.first", 0, held);
        _written = reader.Counter("taskRing.written");
        if (reader.State.TaskRunning && (_capacity < 1 || held - _first != Math.Min(_written, _capacity)))
            throw reader.Unusable($"{Math.Min(_written, _capacity)} samples of the running task", $"{held - _first}", "The file is damaged; use an older checkpoint.");
    }
}
