using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A memory of several generators per class: when a task ends, the images of every class present are split (k-means or local PCA patches) and every
/// part gets an <see cref="SvdGenerator"/>. A replayed row is: a (task, class) drawn uniformly, one of its generators in proportion to the images it
/// was fitted on, then one sample from it. With one cluster it is <see cref="SvdGeneratorReplay"/>, bit for bit.
/// </summary>
public sealed class ClusteredSvdGeneratorReplay(ClusteredSvdGeneratorOptions options, int features, Device device)
    : GeneratorReplay(features, options.FitScope, options.FitSamples, options.Clamp)
{
    private readonly List<SvdGenerator> _generators = [];
    private readonly List<(int First, int Count, int Samples)> _classes = []; // consecutive generators of one (task, class)

    /// <summary>All generators, by task and class; those of one class one after the other.</summary>
    public IReadOnlyList<SvdGenerator> Generators => _generators;

    /// <inheritdoc/>
    public override MemoryUse MemoryUse
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

            return new MemoryUse(scalars, bytes, (long)_generators.Count * BookkeepingBytes);
        }
    }

    private protected override IEnumerable<GeneratorFit> Fits => _generators.Select(generator => generator.Fit);

    private protected override int Groups => _classes.Count;

    /// <inheritdoc/>
    private protected override void Fit(in TaskContext task, ITaskSamples samples, int[][] byClass)
    {
        RandomCursor centres = task.Random("cluster centres");
        for (int label = 0; label < byClass.Length; label++)
        {
            if (byClass[label].Length == 0)
                continue;
            float[] x = FitSampleChoice.Rows(samples, byClass[label]);
            _generators.AddRange(ClusteredSvdFitter.Fit(device, x, Features, task.Index, label, options, SketchSeed(task, label), ref centres));
        }

        Group();
    }

    /// <inheritdoc/>
    private protected override void DescribeGenerators(IDictionary<string, double> figures)
    {
        figures["generatorsPerClass"] = (double)_generators.Count / _classes.Count;
        figures["rankPerClass"] = (double)_generators.Sum(g => g.Rank) / _classes.Count;
    }

    /// <inheritdoc/>
    public override void Save(CheckpointWriter writer)
    {
        writer.Counter("generators", _generators.Count);
        for (int i = 0; i < _generators.Count; i++)
            SvdGeneratorState.Save(writer, $"generator.{i}", _generators[i]);
    }

    /// <inheritdoc/>
    public override void Load(CheckpointReader reader)
    {
        _generators.Clear();
        int count = (int)reader.Counter("generators", 0, Math.Min(int.MaxValue, (long)reader.Tasks * reader.Outputs * options.Clusters));
        for (int i = 0; i < count; i++)
        {
            SvdGenerator generator = SvdGeneratorState.Load(reader, $"generator.{i}", Features, Features, options.Form, options.Payload);
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

    private protected override GeneratorFit FitOf(int group) => _generators[_classes[group].First].Fit;

    private protected override void Sample(int group, ref RandomCursor random, Span<float> row) => Choose(_classes[group], ref random).Sample(ref random, row);

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
