using System.Diagnostics;
using System.Numerics.Tensors;
using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A memory of several generators per class: when a task ends, the images of every class present are split (k-means or local PCA patches) and every
/// part gets an <see cref="SvdGenerator"/>. A replayed row is: a (task, class) drawn uniformly, one of its generators in proportion to the images it
/// was fitted on, then one sample from it. With one cluster it is <see cref="SvdGeneratorReplay"/>, bit for bit.
/// </summary>
public sealed class ClusteredSvdGeneratorReplay(ClusteredSvdGeneratorOptions options, int features, Device device) : IReplaySource, IMemoryDetails
{
    private readonly List<SvdGenerator> _generators = [];
    private readonly List<(int First, int Count, int Samples)> _classes = []; // consecutive generators of one (task, class)

    /// <summary>All generators, by task and class; those of one class one after the other.</summary>
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

            foreach ((_, int count, _) in _classes)
            {
                // the weights: a single generator needs none
                scalars += count > 1 ? count : 0;
                bytes += count > 1 ? (long)count * sizeof(int) : 0;
            }

            return new MemoryUse(scalars, bytes, (long)_generators.Count * SvdGeneratorReplay.BookkeepingBytes);
        }
    }

    /// <inheritdoc/>
    public long ImagesRepresented => _generators.Sum(g => (long)g.Fit.Samples);

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
        {
            SvdGenerator generator = Choose(_classes[random.NextInt32(_classes.Count)], ref random);
            Sample(generator, ref random, x.Slice(i * features, features));
            y[i] = generator.Fit.Label;
            tasks[i] = generator.Fit.Task;
        }

        return y.Length;
    }

    /// <inheritdoc/>
    public int AvailableOf(int task) => ClassesOf(task).Count == 0 ? 0 : int.MaxValue;

    /// <inheritdoc/>
    public int DrawTask(int task, ref RandomCursor random, Span<float> x, Span<int> y)
    {
        (int first, int count) = ClassesOf(task);
        if (count == 0)
            return 0;
        for (int i = 0; i < y.Length; i++)
        {
            SvdGenerator generator = Choose(_classes[first + random.NextInt32(count)], ref random);
            Sample(generator, ref random, x.Slice(i * features, features));
            y[i] = generator.Fit.Label;
        }

        return y.Length;
    }

    /// <inheritdoc/>
    public bool TrySample(int task, int label, ref RandomCursor random, Span<float> x)
    {
        foreach ((int First, int Count, int Samples) group in _classes)
        {
            if (_generators[group.First].Fit.Task != task || _generators[group.First].Fit.Label != label)
                continue;
            Sample(Choose(group, ref random), ref random, x);
            return true;
        }

        return false;
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
        RandomCursor random = task.Random("generator samples"), centres = task.Random("cluster centres");
        int[][] byClass = FitSampleChoice.ByClass(samples, task.Outputs, options.FitScope, options.FitSamples, ref random);
        for (int label = 0; label < byClass.Length; label++)
        {
            if (byClass[label].Length == 0)
                continue;
            float[] x = FitSampleChoice.Rows(samples, byClass[label]);
            _generators.AddRange(ClusteredSvdFitter.Fit(device, x, features, task.Index, label, options, SvdGeneratorReplay.SketchSeed(task, label), ref centres));
        }

        Group();
        FitSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Describe(IDictionary<string, double> figures)
    {
        if (_generators.Count == 0)
            return;
        figures["fitSeconds"] = FitSeconds;
        figures["fitImagesMin"] = _generators.Min(g => g.Fit.Samples);
        figures["fitImagesMax"] = _generators.Max(g => g.Fit.Samples);
        figures["generatorsPerClass"] = (double)_generators.Count / _classes.Count;
        figures["rankPerClass"] = (double)_generators.Sum(g => g.Rank) / _classes.Count;
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
        int count = (int)reader.Counter("generators", 0, Math.Min(int.MaxValue, (long)reader.Tasks * reader.Outputs * options.Clusters));
        for (int i = 0; i < count; i++)
        {
            SvdGenerator generator = SvdGeneratorState.Load(reader, $"generator.{i}", features, features, options.Form, options.Payload);
            GeneratorFit last = i == 0 ? default : _generators[^1].Fit, fit = generator.Fit;
            if (fit.Samples > int.MaxValue / options.Clusters)
                throw reader.Unusable("a possible number of samples", $"{fit.Samples}", "The file is damaged; use an older checkpoint.");
            if (i > 0 && (fit.Task, fit.Label).CompareTo((last.Task, last.Label)) < 0)
                throw reader.Unusable("generators by task and class", $"task {fit.Task} class {fit.Label} after task {last.Task} class {last.Label}",
                    "The file is damaged; use an older checkpoint.");
            _generators.Add(generator);
        }

        Group();
        foreach ((int first, int generators, _) in _classes)
        {
            if (generators > options.Clusters)
                throw reader.Unusable($"at most {options.Clusters} generators per class", $"{generators} of class {_generators[first].Fit.Label}",
                    "The file is damaged; use an older checkpoint.");
        }
    }

    private SvdGenerator Choose(in (int First, int Count, int Samples) group, ref RandomCursor random)
    {
        if (group.Count == 1)
            return _generators[group.First];
        int left = random.NextInt32(group.Samples), chosen = group.First;
        while (left >= _generators[chosen].Fit.Samples)
            left -= _generators[chosen++].Fit.Samples;
        return _generators[chosen];
    }

    private void Sample(SvdGenerator generator, ref RandomCursor random, Span<float> x)
    {
        generator.Sample(ref random, x);
        if (options.Clamp)
            TensorPrimitives.Clamp(x, 0f, 1f, x);
    }

    // a task's classes follow each other
    private (int First, int Count) ClassesOf(int task)
    {
        int first = 0, end;
        while (first < _classes.Count && _generators[_classes[first].First].Fit.Task != task)
            first++;
        for (end = first; end < _classes.Count && _generators[_classes[end].First].Fit.Task == task;)
            end++;
        return (first, end - first);
    }

    private void Group()
    {
        _classes.Clear();
        for (int i = 0; i < _generators.Count; i++)
        {
            GeneratorFit fit = _generators[i].Fit;
            bool same = i > 0 && (_generators[i - 1].Fit.Task, _generators[i - 1].Fit.Label) == (fit.Task, fit.Label);
            if (!same)
                _classes.Add((i, 0, 0));
            (int first, int count, int samples) = _classes[^1];
            _classes[^1] = (first, count + 1, samples + fit.Samples);
        }
    }
}
