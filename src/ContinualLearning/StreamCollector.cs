using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Keeps a uniform sample of the running task's stream, for memories that want samples at its end when nobody else has them.</summary>
internal sealed class StreamCollector : ITaskSamples, ICheckpointed
{
    private readonly SampleStore _store;
    private readonly ReservoirStorage _reservoir;

    public StreamCollector(int features, int capacity)
    {
        _store = new SampleStore(features, SamplePayload.Float, "collector");
        _reservoir = new ReservoirStorage(capacity, "collector");
    }

    public int Count => _store.Count;

    public int Features => _store.Features;

    public int Label(int index) => _store.Labels[index];

    public void CopyTo(ReadOnlySpan<int> indices, Span<float> x, Span<int> y)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            _store.Read(indices[i], x.Slice(i * Features, Features));
            y[i] = Label(indices[i]);
        }
    }

    public void BeginTask(in TaskContext task)
    {
        _store.Clear();
        _reservoir.Reset();
        _reservoir.BeginTask(task, _store);
    }

    public void Observe(in Batch batch, int task, ref RandomCursor random) => _reservoir.Observe(batch, task, _store, ref random);

    public void Save(CheckpointWriter writer)
    {
        _reservoir.Save(writer);
        _store.Save(writer);
    }

    public void Load(CheckpointReader reader)
    {
        _reservoir.Load(reader);
        _store.Load(reader);
    }
}
