using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// n random training samples of every finished task, taken when it ends: the raw counterpart of generators in arXiv 2506.19692, with n given
/// or chosen so that both cost the same (see <see cref="GeneratorCost"/>).
/// </summary>
/// <param name="options">The quota and what it is measured against.</param>
public sealed class TaskEndStorage(BufferOptions options) : IStoragePolicy
{
    /// <inheritdoc/>
    public bool KeepsFinishedTasks => true;

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task, int features) => Quota(task.ClassCount, features);

    /// <summary>Samples per task for a task with this many classes.</summary>
    public int Quota(int classes, int features)
    {
        int r = Math.Min(options.ReferenceRank, features);
        int bytesPerFeature = options.Payload switch { SamplePayload.Byte => 1, SamplePayload.Half => 2, _ => 4 };
        return options.PerTask.Kind switch
        {
            TaskQuotaKind.ScalarEqual => GeneratorCost.EquivalentImages(features, classes, r),
            TaskQuotaKind.ByteEqual => GeneratorCost.EquivalentImagesByBytes(features, classes, r, options.ReferencePayload, bytesPerFeature),
            _ => options.PerTask.Count,
        };
    }

    /// <inheritdoc/>
    public void BeginTask(in TaskContext task, SampleStore store)
    {
    }

    /// <inheritdoc/>
    public void Observe(in Batch batch, int task, SampleStore store, ref RandomCursor random)
    {
    }

    /// <inheritdoc/>
    public void EndTask(in TaskContext task, ITaskSamples? samples, SampleStore store)
    {
        ArgumentNullException.ThrowIfNull(samples);
        int quota = Math.Min(samples.Count, Quota(ClassesPresent(samples, task.Outputs), store.Features));
        var chosen = new int[quota];
        RandomCursor random = task.Random("task-end memory");
        random.Sample(chosen, samples.Count);
        store.Reserve(checked(store.Count + quota));
        var x = new float[store.Features];
        Span<int> label = stackalloc int[1];
        foreach (int index in chosen)
        {
            samples.CopyTo([index], x, label);
            store.Append(x, label[0], task.Index);
        }
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
    }

    // generators exist for the classes that occur, so the quota counts those too
    private static int ClassesPresent(ITaskSamples samples, int outputs)
    {
        var present = new bool[outputs];
        for (int i = 0; i < samples.Count; i++)
            present[samples.Label(i)] = true;
        return present.AsSpan().Count(true);
    }
}
