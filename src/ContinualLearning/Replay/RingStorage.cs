using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// The last m samples of every class of every task: one first-in-first-out queue per (task, class), as A-GEM and ER use them
/// (arXiv 1812.00420, 1902.10486). A class with fewer samples keeps what it has; nothing is left uninitialized.
/// </summary>
/// <param name="perClass">Slots m of each queue.</param>
public sealed class RingStorage(int perClass) : IStoragePolicy
{
    // the running task's queues: slots [class, perClass], and how many samples each class has had
    private int[] _slots = [];
    private long[] _written = [];

    /// <inheritdoc/>
    public bool KeepsFinishedTasks => true;

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task, int features) => 0;

    /// <inheritdoc/>
    public void BeginTask(in TaskContext task, SampleStore store)
    {
        _slots = new int[checked(task.Outputs * perClass)];
        _written = new long[task.Outputs];
        store.Reserve(checked(store.Count + task.ClassCount * perClass));
    }

    /// <inheritdoc/>
    public void Observe(in Batch batch, int task, SampleStore store, ref RandomCursor random)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            int label = batch.Labels[i];
            ReadOnlySpan<float> x = batch.X.Slice(i * store.Features, store.Features);
            long turn = _written[label]++;
            ref int slot = ref _slots[label * perClass + (int)(turn % perClass)];
            if (turn < perClass)
                slot = store.Append(x, label, task);
            else
                store.Write(slot, x, label, task);
        }
    }

    /// <inheritdoc/>
    public void EndTask(in TaskContext task, ITaskSamples? samples, SampleStore store)
    {
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Array("ring.slots", _slots);
        writer.Array("ring.written", _written);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        bool begun = reader.Tasks > 0;
        _slots = new int[begun ? checked(reader.Outputs * perClass) : 0];
        _written = new long[begun ? reader.Outputs : 0];
        reader.Integers("ring.slots", _slots, 0, Math.Max(0, reader.Length("memory.labels") - 1));
        reader.Longs("ring.written", _written);
    }
}
