using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A memory of generators: when a task ends, one <see cref="SvdGenerator"/> per class present is fitted on random training samples, which are then
/// forgotten. A replayed row is: a generator drawn uniformly over all (task, class), then one sample from it, labelled with its class.
/// </summary>
public sealed class SvdGeneratorReplay(SvdGeneratorOptions options, int features, Device device)
    : GeneratorReplay(features, options.FitScope, options.FitSamples, options.Clamp)
{
    private const long MostValues = 1 << 25; // samples of a group of classes that are fitted side by side: 128 MiB

    private readonly List<SvdGenerator> _generators = [];

    /// <summary>All generators, by task and class.</summary>
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

            return new MemoryUse(scalars, bytes, (long)_generators.Count * BookkeepingBytes);
        }
    }

    private protected override IEnumerable<GeneratorFit> Fits => _generators.Select(generator => generator.Fit);

    private protected override int Groups => _generators.Count;

    /// <inheritdoc/>
    private protected override void Fit(in TaskContext task, ITaskSamples samples, int[][] byClass)
    {
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
            _generators.AddRange(SvdFitter.FitAll(device, x, Features, task.Index, group, options, seeds));
        }

        long Values(int position) => (long)byClass[labels[position]].Length * Features;
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
        int count = (int)reader.Counter("generators", 0, (long)reader.Tasks * reader.Outputs), most = Math.Max(1, Math.Min(options.Rank, Features));
        for (int i = 0; i < count; i++)
            _generators.Add(SvdGeneratorState.Load(reader, $"generator.{i}", Features, most, options.Form, options.Payload));
    }

    private protected override GeneratorFit FitOf(int group) => _generators[group].Fit;

    private protected override void Sample(int group, ref RandomCursor random, Span<float> row) => _generators[group].Sample(ref random, row);
}
