using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>Raw samples of the past: a store, a policy that says what stays in it, and one that says what is replayed.</summary>
/// <param name="store">The samples.</param>
/// <param name="storage">What stays.</param>
/// <param name="retrieval">What is replayed.</param>
public sealed class ReplayBuffer(SampleStore store, IStoragePolicy storage, IRetrievalPolicy retrieval) : IReplaySource
{
    private int[] _finished = [];
    private int[] _chosen = [];
    private int _drawn;
    private int _runningTask = -1;

    /// <summary>The samples held.</summary>
    public SampleStore Store => store;

    /// <summary>Slots of the last draw, in the order of its rows.</summary>
    public ReadOnlySpan<int> Drawn => _chosen.AsSpan(0, _drawn);

    /// <inheritdoc/>
    public MemoryUse MemoryUse => store.MemoryUse;

    /// <inheritdoc/>
    public bool KeepsFinishedTasks => storage.KeepsFinishedTasks;

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task) => storage.SamplesWanted(task, store.Features);

    /// <inheritdoc/>
    public int Available(ReplayScope scope) =>
        scope == ReplayScope.All || _runningTask < 0 ? store.Count : store.Count - store.Tasks.Count(_runningTask);

    /// <inheritdoc/>
    public int Draw(ReplayScope scope, ref RandomCursor random, Span<float> x, Span<int> y, Span<int> tasks)
    {
        ReadOnlySpan<int> candidates = default; // all
        int available = Available(scope);
        if (available < store.Count)
            candidates = Slots(_runningTask, ofTask: false, available);
        int count = _drawn = Math.Min(y.Length, available);
        if (count == 0)
            return 0;
        if (_chosen.Length < count)
            _chosen = new int[count];
        Span<int> chosen = _chosen.AsSpan(0, count);
        retrieval.Choose(candidates, store.Labels, ref random, chosen);
        for (int i = 0; i < count; i++)
        {
            store.Read(chosen[i], x.Slice(i * store.Features, store.Features));
            y[i] = store.Labels[chosen[i]];
            tasks[i] = store.Tasks[chosen[i]];
        }

        return count;
    }

    /// <inheritdoc/>
    public int AvailableOf(int task) => store.Tasks.Count(task);

    /// <inheritdoc/>
    public int DrawTask(int task, ref RandomCursor random, Span<float> x, Span<int> y)
    {
        ReadOnlySpan<int> slots = Slots(task, ofTask: true, AvailableOf(task));
        int count = Math.Min(y.Length, slots.Length);
        if (count == 0)
            return 0;
        if (count < slots.Length)
        {
            if (_chosen.Length < count)
                _chosen = new int[count];
            retrieval.Choose(slots, store.Labels, ref random, _chosen.AsSpan(0, count));
            slots = _chosen.AsSpan(0, count);
        }

        for (int i = 0; i < count; i++)
        {
            store.Read(slots[i], x.Slice(i * store.Features, store.Features));
            y[i] = store.Labels[slots[i]];
        }

        return count;
    }

    /// <inheritdoc/>
    public void BeginTask(in TaskContext task)
    {
        _runningTask = task.Index;
        storage.BeginTask(task, store);
        if (_finished.Length < store.Count)
            _finished = new int[store.Count];
    }

    /// <inheritdoc/>
    public void Observe(in Batch batch, int task, ref RandomCursor random) => storage.Observe(batch, task, store, ref random);

    /// <inheritdoc/>
    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
        storage.EndTask(task, samples, store);
        _runningTask = -1;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Counter("memory.runningTask", _runningTask);
        store.Save(writer);
        storage.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        _runningTask = (int)reader.Counter("memory.runningTask", -1, reader.Tasks - 1);
        store.Load(reader);
        storage.Load(reader);
    }

    // slots of a task, or those of all other tasks
    private ReadOnlySpan<int> Slots(int task, bool ofTask, int count)
    {
        if (_finished.Length < count)
            _finished = new int[count];
        ReadOnlySpan<int> tasks = store.Tasks;
        int written = 0;
        for (int slot = 0; slot < tasks.Length; slot++)
        {
            if (tasks[slot] == task == ofTask)
                _finished[written++] = slot;
        }

        return _finished.AsSpan(0, written);
    }
}
