using Engram.Kernels;
using Engram.Models;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A memory of patch generators: when a task ends, a dictionary of patches is made for the task (or for each class) and one
/// <see cref="PatchSvdGenerator"/> fitted to every class present. A replayed row is a (task, class) drawn uniformly, then one sample of it.
/// </summary>
/// <remarks>Dictionaries are counted once.</remarks>
public sealed class PatchSvdGeneratorReplay(PatchSvdGeneratorOptions options, int features, Device device)
    : GeneratorReplay(features, options.FitScope, options.FitSamples, options.Clamp)
{
    private readonly List<PatchSvdGenerator> _generators = [];
    private readonly List<PackedRows> _dictionaries = [];
    private PatchGrid? _grid;
    private float[] _scratch = [];

    /// <summary>All generators, by task and class.</summary>
    public IReadOnlyList<PatchSvdGenerator> Generators => _generators;

    /// <inheritdoc/>
    public override MemoryUse MemoryUse
    {
        get
        {
            long scalars = 0, bytes = 0;
            foreach (PatchSvdGenerator generator in _generators)
            {
                scalars += generator.Scalars;
                bytes += generator.PayloadBytes;
            }

            foreach (PackedRows dictionary in _dictionaries)
            {
                scalars += (long)dictionary.Rows * dictionary.Columns;
                bytes += dictionary.PayloadBytes;
            }

            // beside task, label, samples and rank, the number of the dictionary and its own size
            return new MemoryUse(scalars, bytes, _generators.Count * (BookkeepingBytes + sizeof(int)) + _dictionaries.Count * sizeof(int));
        }
    }

    /// <inheritdoc/>
    public override void BeginTask(in TaskContext task) => GridOf(task);

    private protected override IEnumerable<GeneratorFit> Fits => _generators.Select(generator => generator.Fit);

    private protected override int Groups => _generators.Count;

    /// <inheritdoc/>
    private protected override void Fit(in TaskContext task, ITaskSamples samples, int[][] byClass)
    {
        PatchGrid grid = GridOf(task);
        var images = new float[byClass.Length][];
        for (int label = 0; label < images.Length; label++)
            images[label] = FitSampleChoice.Rows(samples, byClass[label]);
        (int patchRank, int jointRank) = PatchBudget.Ranks(options, grid, byClass.Count(group => group.Length > 0));
        float[]? shared = options.Dictionary == PatchDictionary.Task ? PatchSvdFitter.Directions(grid, images, patchRank) : null;
        if (shared is not null)
            _dictionaries.Add(Pack(shared, grid));
        for (int label = 0; label < images.Length; label++)
        {
            if (images[label].Length == 0)
                continue;
            float[] directions = shared ?? PatchSvdFitter.Directions(grid, [images[label]], patchRank);
            if (shared is null)
                _dictionaries.Add(Pack(directions, grid));
            ulong seed = SketchSeed(task, label);
            Add(PatchSvdFitter.Fit(device, grid, directions, _dictionaries[^1], images[label], task.Index, label, options, jointRank, seed));
        }
    }

    /// <inheritdoc/>
    private protected override void DescribeGenerators(IDictionary<string, double> figures)
    {
        figures["patchRank"] = _generators.Average(g => g.Fit.Rank);
        if (options.Covariance == PatchCovariance.Joint)
            figures["jointRank"] = _generators.Average(g => g.JointRank);
    }

    /// <inheritdoc/>
    public override void Save(CheckpointWriter writer)
    {
        writer.Counter("patches.generators", _generators.Count);
        writer.Counter("patches.dictionaries", _dictionaries.Count);
        if (_grid is not { Shape: var shape })
            return;
        shape.Save(writer, "patches");
        for (int i = 0; i < _dictionaries.Count; i++)
        {
            writer.Counter($"dictionary.{i}.rank", _dictionaries[i].Rows);
            _dictionaries[i].Save(writer, $"dictionary.{i}", $"dictionary.{i}.scales");
        }

        for (int i = 0; i < _generators.Count; i++)
        {
            PatchSvdGenerator generator = _generators[i];
            writer.Array($"generator.{i}.fit", new[] { generator.Fit.Task, generator.Fit.Label, generator.Fit.Samples, _dictionaries.IndexOf(generator.Dictionary), generator.JointRank });
            writer.Array($"generator.{i}.mean", [generator.MeanMemory.Length], generator.MeanMemory);
            writer.Array($"generator.{i}.deviation", [generator.Deviation.Length], generator.Deviation);
            generator.Spread.Save(writer, $"generator.{i}.spread", $"generator.{i}.scales");
        }
    }

    /// <inheritdoc/>
    public override void Load(CheckpointReader reader)
    {
        _generators.Clear();
        _dictionaries.Clear();
        _grid = null;
        int count = (int)reader.Counter("patches.generators", 0, Math.Min(int.MaxValue, (long)reader.Tasks * reader.Outputs));
        int dictionaries = (int)reader.Counter("patches.dictionaries", 0, count);
        if (reader.Tasks == 0)
            return;
        PatchGrid grid = Adopt(ImageShapeState.Load(reader, "patches", Features));
        for (int i = 0; i < dictionaries; i++)
        {
            int rank = (int)reader.Counter($"dictionary.{i}.rank", 1, Math.Min(options.PatchRank, grid.PatchLength));
            _dictionaries.Add(PackedRows.Load(reader, $"dictionary.{i}", $"dictionary.{i}.scales", rank, grid.PatchLength, options.Payload));
        }

        for (int i = 0; i < count; i++)
        {
            PatchSvdGenerator generator = LoadGenerator(reader, $"generator.{i}", grid);
            if (i > 0 && (generator.Fit.Task, generator.Fit.Label).CompareTo((_generators[^1].Fit.Task, _generators[^1].Fit.Label)) <= 0)
                throw reader.Unusable("one generator by task and class", $"task {generator.Fit.Task} class {generator.Fit.Label} after task {_generators[^1].Fit.Task} class {_generators[^1].Fit.Label}",
                    "The file is damaged; use an older checkpoint.");
            Add(generator);
        }
    }

    private protected override GeneratorFit FitOf(int group) => _generators[group].Fit;

    private protected override void Sample(int group, ref RandomCursor random, Span<float> row) => _generators[group].Sample(ref random, row, _scratch);

    private PatchSvdGenerator LoadGenerator(CheckpointReader reader, string name, PatchGrid grid)
    {
        bool joint = options.Covariance == PatchCovariance.Joint;
        var fit = new int[5];
        reader.Integers($"{name}.fit", fit, 0, int.MaxValue);
        if (fit[0] >= reader.Tasks || fit[1] >= reader.Outputs || fit[2] < 1 || fit[3] >= _dictionaries.Count || fit[4] > grid.Count * _dictionaries[fit[3]].Rows)
            throw reader.Unusable($"{name} with a known task, class and dictionary", $"[{string.Join(", ", fit)}]", "The file is damaged; use an older checkpoint.");
        PackedRows dictionary = _dictionaries[fit[3]];
        int coefficients = grid.Count * dictionary.Rows;
        float[] mean = new float[coefficients], deviation = new float[joint && options.Residual ? coefficients : 0];
        reader.Floats($"{name}.mean", mean, mean.Length);
        reader.Floats($"{name}.deviation", deviation, deviation.Length);
        PackedRows spread = PackedRows.Load(reader, $"{name}.spread", $"{name}.scales", joint ? fit[4] : coefficients, joint ? coefficients : dictionary.Rows, options.Payload);
        return new PatchSvdGenerator(new GeneratorFit(fit[0], fit[1], fit[2], dictionary.Rows), grid, dictionary, mean, spread, deviation, joint);
    }

    private PackedRows Pack(float[] directions, PatchGrid grid) => PackedRows.Pack(directions, directions.Length / grid.PatchLength, grid.PatchLength, options.Payload);

    private void Add(PatchSvdGenerator generator)
    {
        _generators.Add(generator);
        if (_scratch.Length < generator.ScratchLength)
            _scratch = new float[generator.ScratchLength];
    }

    private PatchGrid GridOf(in TaskContext task)
    {
        ImageShape image = task.RequireImage("patch SVD generators");
        if (_grid is { } known && known.Shape != image)
            throw new InvalidOperationException($"patch SVD generators: the images so far are {known.Shape}, those of task {task.Index} are {image}; one memory holds images of one shape");
        return _grid ?? Adopt(image);
    }

    private PatchGrid Adopt(ImageShape image) => _grid = new PatchGrid(image, options.Patch, options.Stride ?? options.Patch);
}
