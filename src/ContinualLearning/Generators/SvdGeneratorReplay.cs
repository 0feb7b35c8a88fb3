using System.Diagnostics;
using Engram.Formats;
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
    private const int BookkeepingBytes = 4 * sizeof(int); // task, label, samples, rank

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
    public int SamplesWanted(in TaskContext task) =>
        options.FitScope == FitSampleScope.PerTask ? options.FitSamples : checked(options.FitSamples * task.ClassCount);

    /// <inheritdoc/>
    public int Available(ReplayScope scope) => _generators.Count == 0 ? 0 : int.MaxValue;

    /// <inheritdoc/>
    public int Draw(ReplayScope scope, ref RandomCursor random, Span<float> x, Span<int> y, Span<int> tasks)
    {
        if (_generators.Count == 0)
            return 0;
        for (int i = 0; i < y.Length; i++)
        {
            SvdGenerator generator = _generators[random.NextInt32(_generators.Count)];
            Span<float> row = x.Slice(i * features, features);
            generator.Sample(ref random, row);
            if (options.Clamp)
                System.Numerics.Tensors.TensorPrimitives.Clamp(row, 0f, 1f, row);
            y[i] = generator.Fit.Label;
            tasks[i] = generator.Fit.Task;
        }

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
        List<int>[] byClass = Group(samples, task.Outputs, ref random);
        for (int label = 0; label < byClass.Length; label++)
        {
            int[] chosen = [.. byClass[label]];
            if (chosen.Length == 0)
                continue;
            var x = new float[checked(chosen.Length * features)];
            samples.CopyTo(chosen, x, new int[chosen.Length]);
            ulong seed = RandomStream.For(task.Seed, "generator sketch", (ulong)task.Index).Branch((ulong)label).Key;
            _generators.Add(SvdFitter.Fit(device, x, features, task.Index, label, options, seed));
        }

        FitSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Counter("generators", _generators.Count);
        for (int i = 0; i < _generators.Count; i++)
        {
            SvdGenerator generator = _generators[i];
            string name = $"generator.{i}";
            writer.Array($"{name}.fit", new[] { generator.Fit.Task, generator.Fit.Label, generator.Fit.Samples, generator.Rank });
            writer.Array($"{name}.basis", ElementType, [generator.Rank, features], generator.Basis);
            writer.Array($"{name}.scales", [generator.Scales.Length], generator.Scales);
            writer.Array($"{name}.mean", [generator.Rank], generator.MeanMemory);
            writer.Array($"{name}.spread", [generator.Spread.Length], generator.Spread);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        _generators.Clear();
        int count = (int)reader.Counter("generators", 0, (long)reader.Tasks * reader.Outputs);
        for (int i = 0; i < count; i++)
        {
            string name = $"generator.{i}";
            var fit = new int[4];
            reader.Integers($"{name}.fit", fit, 0, int.MaxValue);
            int rank = fit[3];
            if (fit[0] >= reader.Tasks || fit[1] >= reader.Outputs || fit[2] < 1 || rank < 1 || rank > Math.Max(1, Math.Min(options.Rank, features)))
                throw reader.Unusable($"generator {i} with a known task and class and a rank of 1 to {options.Rank}", $"[{string.Join(", ", fit)}]",
                    "The file is damaged; use an older checkpoint.");
            var basis = new byte[checked((int)reader.Require($"{name}.basis", ElementType, rank, features).ByteLength)];
            reader.Bytes($"{name}.basis", basis);
            var scales = new float[options.Payload == GeneratorPayload.Int8 ? rank : 0];
            var mean = new float[rank];
            var spread = new float[options.Form == GeneratorForm.Paper ? rank * rank : rank];
            reader.Floats($"{name}.scales", scales, scales.Length);
            reader.Floats($"{name}.mean", mean, rank);
            reader.Floats($"{name}.spread", spread, spread.Length);
            _generators.Add(new SvdGenerator(options.Form, options.Payload, new GeneratorFit(fit[0], fit[1], fit[2], rank), features, basis, scales, mean, spread));
        }
    }

    private ElementType ElementType => options.Payload switch
    {
        GeneratorPayload.Float32 => ElementType.F32,
        GeneratorPayload.Float16 => ElementType.F16,
        _ => ElementType.I8,
    };

    // s random samples of the task grouped by class, or up to s of each class
    private List<int>[] Group(ITaskSamples samples, int outputs, ref RandomCursor random)
    {
        var order = new int[samples.Count];
        random.Permutation(order);
        var byClass = new List<int>[outputs];
        for (int label = 0; label < outputs; label++)
            byClass[label] = [];
        int taken = 0;
        foreach (int index in order)
        {
            List<int> group = byClass[samples.Label(index)];
            if (options.FitScope == FitSampleScope.PerTask ? taken++ < options.FitSamples : group.Count < options.FitSamples)
                group.Add(index);
        }

        return byClass;
    }
}
