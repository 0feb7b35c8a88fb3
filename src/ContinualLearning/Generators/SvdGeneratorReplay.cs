using System.Diagnostics;
using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A memory of generators: when a task ends, one <see cref="SvdGenerator"/> per class present is fitted on random training samples, which are then
/// forgotten. A replayed row is: a generator drawn uniformly over all (task, class), then one sample from it, labelled with its class.
/// </summary>
/// <remarks>Generators are never merged or fitted again. Rows are made one after the other from one cursor, so batch grouping changes nothing.</remarks>
public sealed class SvdGeneratorReplay(SvdGeneratorOptions options, int features, Device device) : IReplaySource
{
    private const long MostValues = 1 << 25; // samples of a group of classes that are fitted side by side: 128 MiB

    internal const int BookkeepingBytes = 4 * sizeof(int); // task, label, samples, rank

    private readonly List<SvdGenerator> _generators = [];

    /// <summary>All generators, by task and class.</summary>
    public IReadOnlyList<SvdGenerator> Generators => _generators;

    /// <summary>Wall time of all fits in this process, in seconds.</summary>
    public double FitSeconds { get; private set; }

    /// <inheritdoc/>
    public MemoryUse MemoryUse
    {
        get
        {
            long scalars = 0, bytes = 0;
            foreach (SvdGenerator generator in _generators)
            {
                scalars += generator.Scalars;
                bytes += generator.PayloadBytes;
            }

            return new MemoryUse(scalars, bytes, (long)_generators.Count * BookkeepingBytes);
        }
    }

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task) => FitSampleChoice.Wanted(options.FitScope, options.FitSamples, task);

    /// <inheritdoc/>
    public int Available(ReplayScope scope) => _generators.Count == 0 ? 0 : int.MaxValue;

    /// <inheritdoc/>
    public int Draw(ReplayScope scope, ref RandomCursor random, Span<float> x, Span<int> y, Span<int> tasks)
    {
        if (_generators.Count == 0)
            return 0;
        for (int i = 0; i < y.Length; i++)
            (tasks[i], y[i]) = Sample(_generators[random.NextInt32(_generators.Count)], ref random, x.Slice(i * features, features));
        return y.Length;
    }

    /// <inheritdoc/>
    public int AvailableOf(int task) => Of(task).Count == 0 ? 0 : int.MaxValue;

    /// <inheritdoc/>
    public int DrawTask(int task, ref RandomCursor random, Span<float> x, Span<int> y)
    {
        (int first, int count) = Of(task);
        if (count == 0)
            return 0;
        for (int i = 0; i < y.Length; i++)
            y[i] = Sample(_generators[first + random.NextInt32(count)], ref random, x.Slice(i * features, features)).Label;
        return y.Length;
    }

    /// <inheritdoc/>
    public void BeginTask(in TaskContext task)
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
        int[][] byClass = FitSampleChoice.ByClass(samples, task.Outputs, options.FitScope, options.FitSamples, ref random);
        int[] labels = [.. Enumerable.Range(0, byClass.Length).Where(label => byClass[label].Length > 0)];
        for (int first = 0, end; first < labels.Length; first = end)
        {
            // classes side by side, as many as fit the room for their samples
            long values = 0;
            for (end = first; end < labels.Length && (end == first || values + Values(end) <= MostValues); end++)
                values += Values(end);
            int[] group = labels[first..end];
            float[][] x = [.. group.Select(label => FitSampleChoice.Rows(samples, byClass[label]))];
            ulong[] seeds = new ulong[group.Length];
            for (int i = 0; i < seeds.Length; i++)
                seeds[i] = SketchSeed(task, group[i]);
            _generators.AddRange(SvdFitter.FitAll(device, x, features, task.Index, group, options, seeds));
        }

        FitSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        long Values(int position) => (long)byClass[labels[position]].Length * features;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Counter("generators", _generators.Count);
        for (int i = 0; i < _generators.Count; i++)
            SvdGeneratorState.Save(writer, $"generator.{i}", _generators[i]);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        _generators.Clear();
        int count = (int)reader.Counter("generators", 0, (long)reader.Tasks * reader.Outputs), most = Math.Max(1, Math.Min(options.Rank, features));
        for (int i = 0; i < count; i++)
            _generators.Add(SvdGeneratorState.Load(reader, $"generator.{i}", features, most, options.Form, options.Payload));
    }

    private (int Task, int Label) Sample(SvdGenerator generator, ref RandomCursor random, Span<float> row)
    {
        generator.Sample(ref random, row);
        if (options.Clamp)
            System.Numerics.Tensors.TensorPrimitives.Clamp(row, 0f, 1f, row);
        return (generator.Fit.Task, generator.Fit.Label);
    }

    // a task's generators follow each other
    private (int First, int Count) Of(int task)
    {
        int first = 0, end;
        while (first < _generators.Count && _generators[first].Fit.Task != task)
            first++;
        for (end = first; end < _generators.Count && _generators[end].Fit.Task == task;)
            end++;
        return (first, end - first);
    }

    /// <summary>Seed of the randomized decomposition of one class of a task.</summary>
    internal static ulong SketchSeed(in TaskContext task, int label) =>
        RandomStream.For(task.Seed, "generator sketch", (ulong)task.Index).Branch((ulong)label).Key;
}
