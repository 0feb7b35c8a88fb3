using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// A uniform sample of all items seen (Vitter 1985, algorithm R): item n (from 1) is appended while n ≤ M; later it replaces slot j, drawn
/// uniformly from {0 … n−1}, if j &lt; M. After any n items each is held with probability min(1, M/n).
/// </summary>
/// <param name="capacity">Slots M.</param>
/// <param name="name">Prefix of its counter in a checkpoint.</param>
public sealed class ReservoirStorage(int capacity, string name = "reservoir") : IStoragePolicy
{
    /// <summary>Items seen so far.</summary>
    public long Seen { get; private set; }

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task, int features) => 0;

    /// <inheritdoc/>
    public void BeginTask(in TaskContext task, SampleStore store) => store.Reserve(capacity);

    /// <inheritdoc/>
    public void Observe(in Batch batch, int task, SampleStore store, ref RandomCursor random)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            Seen++;
            ReadOnlySpan<float> x = batch.X.Slice(i * store.Features, store.Features);
            if (store.Count < capacity)
            {
                store.Append(x, batch.Labels[i], task);
                continue;
            }

            long slot = Below(Seen, ref random);
            if (slot < capacity)
                store.Write((int)slot, x, batch.Labels[i], task);
        }
    }

    /// <summary>Starts over with an empty reservoir.</summary>
    public void Reset() => Seen = 0;

    /// <inheritdoc/>
    public void EndTask(in TaskContext task, ITaskSamples? samples, SampleStore store)
    {
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer) => writer.Counter($"{name}.seen", Seen);

    /// <inheritdoc/>
    public void Load(CheckpointReader reader) => Seen = reader.Counter($"{name}.seen");

    // beyond 2³¹ items a 53-bit fraction decides; its bias is below 2⁻²² of a slot's probability
    private static long Below(long bound, ref RandomCursor random) =>
        bound <= int.MaxValue ? random.NextInt32((int)bound) : (long)(random.NextUniformDouble() * bound);
}
