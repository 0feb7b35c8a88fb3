using System.Diagnostics;
using System.Numerics.Tensors;
using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A memory of generators that are fitted when a task ends, on random training samples of every class present, which are then forgotten. A replayed row is: a
/// (task, class) drawn uniformly, then one sample of its generators, labelled with the class.
/// </summary>
/// <remarks>Generators are never merged or fitted again. Rows are made one after the other from one cursor, so batch grouping changes nothing.</remarks>
public abstract class GeneratorReplay : IReplaySource, IMemoryDetails
{
    internal const int BookkeepingBytes = 4 * sizeof(int); // of a generator: task, label, samples, rank

    private readonly FitSampleScope _scope;
    private readonly int _samples;
    private readonly bool _clamp;

    private protected GeneratorReplay(int features, FitSampleScope scope, int samples, bool clamp) => (Features, _scope, _samples, _clamp) = (features, scope, samples, clamp);

    /// <summary>Wall time of all fits in this process, in seconds.</summary>
    public double FitSeconds { get; private set; }

    /// <inheritdoc/>
    public abstract MemoryUse MemoryUse { get; }

    /// <inheritdoc/>
    public long ImagesRepresented => Fits.Sum(fit => (long)fit.Samples);

    /// <summary>Values of a sample.</summary>
    private protected int Features { get; }

    /// <summary>What every generator was fitted on.</summary>
    private protected abstract IEnumerable<GeneratorFit> Fits { get; }

    /// <summary>Number of (task, class) pairs that have generators; those of a task follow each other.</summary>
    private protected abstract int Groups { get; }

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task) => FitSampleChoice.Wanted(_scope, _samples, task);

    /// <inheritdoc/>
    public int Available(ReplayScope scope) => Groups == 0 ? 0 : int.MaxValue;

    /// <inheritdoc/>
    public int Draw(ReplayScope scope, ref RandomCursor random, Span<float> x, Span<int> y, Span<int> tasks) => Fill((0, Groups), ref random, x, y, tasks);

    /// <inheritdoc/>
    public int AvailableOf(int task) => GroupsOf(task).Count == 0 ? 0 : int.MaxValue;

    /// <inheritdoc/>
    public int DrawTask(int task, ref RandomCursor random, Span<float> x, Span<int> y) => Fill(GroupsOf(task), ref random, x, y, default);

    /// <inheritdoc/>
    public bool TrySample(int task, int label, ref RandomCursor random, Span<float> x)
    {
        for (int group = 0; group < Groups; group++)
        {
            GeneratorFit fit = FitOf(group);
            if (fit.Task != task || fit.Label != label)
                continue;
            Row(group, ref random, x);
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public virtual void BeginTask(in TaskContext task)
    {
    }

    /// <inheritdoc/>
    public void Observe(in Batch batch, int task, ref RandomCursor random)
    {
    }

    /// <inheritdoc/>
    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        long start = Stopwatch.GetTimestamp();
        RandomCursor random = task.Random("generator samples");
        Fit(task, samples, FitSampleChoice.ByClass(samples, task.Outputs, _scope, _samples, ref random));
        FitSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Describe(IDictionary<string, double> figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        if (Groups == 0)
            return;
        figures["fitSeconds"] = FitSeconds;
        figures["fitImagesMin"] = Fits.Min(fit => fit.Samples);
        figures["fitImagesMax"] = Fits.Max(fit => fit.Samples);
        DescribeGenerators(figures);
    }

    /// <inheritdoc/>
    public abstract void Save(CheckpointWriter writer);

    /// <inheritdoc/>
    public abstract void Load(CheckpointReader reader);

    /// <summary>Seed of the randomized decomposition of one class of a task.</summary>
    internal static ulong SketchSeed(in TaskContext task, int label) =>
        RandomStream.For(task.Seed, "generator sketch", (ulong)task.Index).Branch((ulong)label).Key;

    /// <summary>Task and class of a group, and what its first generator was fitted on.</summary>
    private protected abstract GeneratorFit FitOf(int group);

    /// <summary>Makes one sample of a group [features].</summary>
    private protected abstract void Sample(int group, ref RandomCursor random, Span<float> row);

    /// <summary>Fits the generators of a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="samples">Its training samples.</param>
    /// <param name="byClass">Indices of the samples to be used. [classes][samples]</param>
    private protected abstract void Fit(in TaskContext task, ITaskSamples samples, int[][] byClass);

    /// <summary>Adds figures of the kind of generator; there is at least one.</summary>
    private protected virtual void DescribeGenerators(IDictionary<string, double> figures)
    {
    }

    private int Fill((int First, int Count) groups, ref RandomCursor random, Span<float> x, Span<int> y, Span<int> tasks)
    {
        if (groups.Count == 0)
            return 0;
        for (int i = 0; i < y.Length; i++)
        {
            int group = groups.First + random.NextInt32(groups.Count);
            Row(group, ref random, x.Slice(i * Features, Features));
            y[i] = FitOf(group).Label;
            if (!tasks.IsEmpty)
                tasks[i] = FitOf(group).Task;
        }

        return y.Length;
    }

    private void Row(int group, ref RandomCursor random, Span<float> row)
    {
        Sample(group, ref random, row);
        if (_clamp)
            TensorPrimitives.Clamp(row, 0f, 1f, row);
    }

    private (int First, int Count) GroupsOf(int task)
    {
        int first = 0, end;
        while (first < Groups && FitOf(first).Task != task)
            first++;
        for (end = first; end < Groups && FitOf(end).Task == task;)
            end++;
        return (first, end - first);
    }
}
