using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report.Tests;

/// <summary>Fabricated results, shaped like real ones. None of these numbers was measured.</summary>
internal static class SampleDocuments
{
    public static RunEnvironment Environment { get; } = new()
    {
        EngineVersion = "0.0.0-sample",
        Os = "Sample OS 1",
        Runtime = ".NET sample",
        CpuModel = "Sample CPU",
        Cores = 2,
        Threads = 1,
        InstructionSets = ["AVX2", "FMA"],
        StartedAt = new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    public static CellResult Cell(
        string method, int seed, double final, double lost, long scalars, long payload, double factor,
        int tasks = 5, JsonObject? settings = null, IReadOnlyList<ResultImage>? images = null)
    {
        var random = new Random(HashCodeOf(method + settings?.ToJsonString()) + seed);
        var matrix = new double[tasks + 1][];
        for (var i = 0; i <= tasks; i++)
        {
            matrix[i] = new double[tasks];
            for (var j = 0; j < tasks; j++)
            {
                var age = i - 1 - j;
                var value = i == 0 ? 0.1
                    : age < 0 ? Math.Max(0.1, final - (0.17 * -age))
                    : final + (lost * (1 - (2.0 * age / tasks)) * 0.5);
                matrix[i][j] = Math.Clamp(value + (0.012 * (random.NextDouble() - 0.5)), 0, 1);
            }
        }

        return Cell(method, seed, matrix, new MemoryUse(scalars, payload, payload / 400), factor, settings, images);
    }

    public static CellResult Cell(
        string method, int seed, double[][] matrix, MemoryUse memory, double factor = double.NaN, JsonObject? settings = null,
        IReadOnlyList<ResultImage>? images = null)
    {
        var tasks = matrix.Length - 1;
        var before = Enumerable.Range(0, tasks - 1).ToArray();
        return new CellResult
        {
            SchemaVersion = 1,
            Method = method,
            Seed = seed,
            Settings = settings,
            AccuracyMatrix = matrix,
            Metrics = new CellMetrics
            {
                Acc = matrix[tasks].Average(),
                Bwt = before.Length == 0 ? double.NaN : before.Average(j => matrix[tasks][j] - matrix[j + 1][j]),
                Fwt = before.Length == 0 ? double.NaN : before.Average(j => matrix[j + 1][j + 1] - matrix[0][j + 1]),
                Forgetting = before.Length == 0 ? double.NaN : before.Average(j => matrix[j + 1][j] - matrix[tasks][j]),
                LearningAccuracy = Enumerable.Range(0, tasks).Average(j => matrix[j + 1][j]),
                WorstForgetting = before.Length == 0 ? double.NaN : before.Max(j => matrix[j + 1][j] - matrix[tasks][j]),
            },
            Memory = memory,
            CompressionFactor = factor,
            Seconds = 3.2 + (0.1 * seed),
            StepMicroseconds = 410 + (7 * seed),
            Extras = new Dictionary<string, double> { ["fitSeconds"] = 0.21 + (0.01 * seed) },
            Images = images ?? [],
        };
    }

    public static ResultDocument Rotation(string name = "sample rotation", int tasks = 5)
    {
        var images = Images();
        var cells = new List<CellResult>();
        for (var seed = 0; seed < 5; seed++)
        {
            cells.Add(Cell("finetune", seed, 0.61, 0.40, 0, 0, double.NaN, tasks));
            cells.Add(Cell("er-raw-51", seed, 0.80, 0.16, 39_984, 39_984, 19.6, tasks));
            cells.Add(Cell("er-raw-202", seed, 0.86, 0.08, 158_368, 158_368, 4.95, tasks));
            cells.Add(Cell("er-raw-1000", seed, 0.90, 0.02, 784_000, 784_000, 1, tasks));
            cells.Add(Cell("er-gen", seed, 0.865, 0.07, 39_500, 158_000, 19.85, tasks, images: images));
            cells.Add(Cell("agem-gen", seed, 0.79, 0.20, 39_500, 158_000, 19.85, tasks));
            cells.Add(JointCell(seed, tasks));
        }

        return CellAggregation.ToDocument(
            name, Config(), Environment with { MachineNote = "fabricated numbers" }, cells, ["Sample: none of these numbers was measured."]);
    }

    public static ResultDocument RankAblation()
    {
        var cells = new List<CellResult>();
        (int Rank, double Factor, double Acc)[] points = [(1, 99.7, 0.80), (3, 33.2, 0.852), (5, 19.85, 0.872), (10, 9.86, 0.889), (20, 4.87, 0.90)];
        for (var seed = 0; seed < 3; seed++)
        {
            foreach (var (rank, factor, acc) in points)
            {
                cells.Add(Cell("er-gen", seed, acc, 0.05, (long)(784_000 / factor), (long)(4 * 784_000 / factor), factor,
                    settings: new JsonObject { ["generator.rank"] = rank }));
                cells.Add(Cell("er-raw-equal", seed, acc - 0.05, 0.05, (long)(784_000 / factor), (long)(784_000 / factor), factor,
                    settings: new JsonObject { ["generator.rank"] = rank }));
            }

            cells.Add(Cell("er-raw-1000", seed, 0.91, 0.02, 784_000, 784_000, 1));
            cells.Add(Cell("finetune", seed, 0.62, 0.40, 0, 0, double.NaN));
        }

        return CellAggregation.ToDocument("sample rank ablation", Config(), Environment, cells);
    }

    public static ResultDocument Sweep()
    {
        var cells = new List<CellResult>();
        foreach (var rate in (double[])[0.1, 0.01, 0.001])
        {
            foreach (var epochs in (int[])[1, 3])
            {
                for (var seed = 0; seed < 3; seed++)
                {
                    var shift = (0.03 * Math.Log10(rate)) + (0.01 * epochs);
                    var settings = new JsonObject { ["optimizer.learningRate"] = rate, ["training.epochs"] = epochs };
                    cells.Add(Cell("finetune", seed, 0.62 + shift, 0.4, 0, 0, double.NaN, settings: settings));
                    cells.Add(Cell("er-raw-51", seed, 0.81 + shift, 0.15, 39_984, 39_984, 19.6, settings: settings));
                    cells.Add(Cell("er-gen", seed, 0.86 + shift, 0.07, 39_500, 158_000, 19.85, settings: settings));
                    cells.Add(Cell("agem-gen", seed, 0.78 + shift, 0.2, 39_500, 158_000, 19.85, settings: settings));
                }
            }
        }

        return CellAggregation.ToDocument("sample grid of settings", Config(), Environment, cells);
    }

    public static JsonObject Config() => new()
    {
        ["name"] = "sample",
        ["scenario"] = new JsonObject { ["kind"] = "rotation", ["tasks"] = 5 },
        ["optimizer"] = new JsonObject { ["learningRate"] = 0.01 },
    };

    private static CellResult JointCell(int seed, int tasks)
    {
        var matrix = new double[tasks + 1][];
        for (var i = 0; i <= tasks; i++)
        {
            matrix[i] = [.. Enumerable.Range(0, tasks).Select(j => i == 0 ? 0.1 : i < tasks ? double.NaN : 0.94 + (0.001 * ((seed + j) % 3)))];
        }

        return Cell("joint", seed, matrix, MemoryUse.None);
    }

    private static List<ResultImage> Images()
    {
        var images = new List<ResultImage>();
        for (var label = 0; label < 4; label++)
        {
            for (var copy = 0; copy < 3; copy++)
            {
                images.Add(Image(ResultImageKind.Real, label, copy, null, null));
                images.Add(Image(ResultImageKind.Generated, label, copy, "er-gen", 1));
                images.Add(Image(ResultImageKind.Generated, label, copy, "er-gen", 5));
                images.Add(Image(ResultImageKind.Generated, label, copy, "er-gen", 20));
            }
        }

        return images;
    }

    private static ResultImage Image(ResultImageKind kind, int label, int copy, string? method, int? rank)
    {
        var planar = new float[28 * 28];
        for (var y = 0; y < 28; y++)
        {
            for (var x = 0; x < 28; x++)
            {
                var radius = Math.Sqrt(((x - 13.5) * (x - 13.5)) + ((y - 13.5) * (y - 13.5)));
                var width = rank is { } r ? 2 + (4.0 / r) : 1.5;
                planar[(y * 28) + x] = (float)Math.Exp(-Math.Pow((radius - 4 - (2 * label) - (0.4 * copy)) / width, 2));
            }
        }

        return new ResultImage
        {
            Kind = kind, Task = 0, Class = label, Method = method, Rank = rank,
            Height = 28, Width = 28, Channels = 1, Pixels = ResultImage.ToPixels(planar, 1),
        };
    }

    /// <summary>String hashes differ from process to process; the samples must not.</summary>
    private static int HashCodeOf(string text) => text.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
}
