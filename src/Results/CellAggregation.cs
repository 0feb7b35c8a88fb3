using System.Text.Json.Nodes;

namespace Engram.Results;

/// <summary>Gathers finished cells (method × seed × settings) into the result document of their experiment.</summary>
public static class CellAggregation
{
    /// <summary>
    /// Groups the cells by method and settings, in the order in which these first appear, and orders each group by seed.
    /// Images and notes are taken once: images from the lowest seed of each group, notes without repetition.
    /// </summary>
    /// <param name="name">Name of the experiment.</param>
    /// <param name="config">The experiment as it was run.</param>
    /// <param name="environment">Where it was run.</param>
    /// <param name="cells">The cells, in any order of seeds; a group may have fewer seeds than another.</param>
    /// <param name="notes">Remarks about the whole run.</param>
    /// <param name="missing">Cells of the experiment that have no result.</param>
    /// <exception cref="ArgumentException">Two cells of one method, settings and seed, or a group with differing task counts.</exception>
    public static ResultDocument ToDocument(
        string name, JsonObject config, RunEnvironment environment, IEnumerable<CellResult> cells, IEnumerable<string>? notes = null,
        IEnumerable<MissingResult>? missing = null)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var groups = cells.GroupBy(cell => cell.Label, StringComparer.Ordinal)
            .Select(group => group.OrderBy(cell => cell.Seed).ToArray()).ToArray();
        return new ResultDocument
        {
            SchemaVersion = ResultDocument.CurrentSchemaVersion,
            Name = name,
            Config = config,
            Environment = environment,
            Methods = [.. groups.Select(ToMethod)],
            Images = Distinct(groups.SelectMany(group => Stamped(group[0]))),
            Notes = [.. (notes ?? []).Concat(groups.SelectMany(group => group).SelectMany(cell => cell.Notes)).Distinct(StringComparer.Ordinal)],
            Missing = [.. missing ?? []],
        };
    }

    /// <summary>Summarizes the cells of one method at one combination of settings.</summary>
    /// <param name="cells">The cells, one per seed, in ascending order of seeds.</param>
    private static MethodResult ToMethod(CellResult[] cells)
    {
        var label = cells[0].Label;
        for (var i = 1; i < cells.Length; i++)
        {
            if (cells[i].Seed == cells[i - 1].Seed)
            {
                throw new ArgumentException($"aggregation: two cells of '{label}' with seed {cells[i].Seed}. Expected one cell a seed.");
            }

            if (cells[i].AccuracyMatrix.Length != cells[0].AccuracyMatrix.Length)
            {
                throw new ArgumentException(
                    $"aggregation: '{label}' has {cells[0].AccuracyMatrix.Length - 1} tasks with seed {cells[0].Seed} "
                    + $"and {cells[i].AccuracyMatrix.Length - 1} with seed {cells[i].Seed}. Are cells of two experiments in one folder?");
            }
        }

        var memory = cells.MaxBy(cell => cell.Memory.TotalBytes)!.Memory;
        return new MethodResult
        {
            Name = cells[0].Method,
            Settings = cells[0].Settings,
            Seeds = [.. cells.Select(cell => cell.Seed)],
            Acc = Over(cells, cell => cell.Metrics.Acc),
            Bwt = Over(cells, cell => cell.Metrics.Bwt),
            Fwt = Over(cells, cell => cell.Metrics.Fwt),
            Forgetting = Over(cells, cell => cell.Metrics.Forgetting),
            LearningAccuracy = Over(cells, cell => cell.Metrics.LearningAccuracy),
            WorstForgetting = Over(cells, cell => cell.Metrics.WorstForgetting),
            Lca = OverIfMeasured(cells, cell => cell.Metrics.Lca),
            TaskIncrementalAcc = OverIfMeasured(cells, cell => cell.Metrics.TaskIncrementalAcc),
            MemoryBytes = memory.TotalBytes,
            Memory = memory,
            CompressionFactor = cells.Average(cell => cell.CompressionFactor),
            Seconds = cells.Average(cell => cell.Seconds),
            StepMicroseconds = Median(cells.Select(cell => cell.StepMicroseconds)),
            PeakBytes = cells.Max(cell => cell.PeakBytes),
            AccuracyMatrices = [.. cells.Select(cell => cell.AccuracyMatrix)],
            Extras = Extras(cells),
            OpenSets = cells.All(cell => cell.OpenSet is not null) ? [.. cells.Select(cell => cell.OpenSet!)] : null,
            Retrievals = cells.All(cell => cell.Retrieval is not null) ? [.. cells.Select(cell => cell.Retrieval!)] : null,
            ProxyPlane = cells.FirstOrDefault(cell => cell.ProxyPlane is not null)?.ProxyPlane,
            ConstraintGaps = cells.Any(cell => cell.ConstraintGap is not null) ? [.. cells.Select(cell => cell.ConstraintGap ?? [])] : null,
        };
    }

    private static Statistic Over(CellResult[] cells, Func<CellResult, double> metric) => Statistic.Of([.. cells.Select(metric)]);

    private static Statistic? OverIfMeasured(CellResult[] cells, Func<CellResult, double?> metric) =>
        cells.Any(cell => metric(cell) is not null) ? Over(cells, cell => metric(cell) ?? double.NaN) : null;

    private static Dictionary<string, Statistic>? Extras(CellResult[] cells)
    {
        var names = cells.SelectMany(cell => cell.Extras?.Keys ?? []).Distinct(StringComparer.Ordinal).ToArray();
        return names.Length == 0
            ? null
            : names.ToDictionary(
                name => name,
                name => Over(cells, cell => cell.Extras is { } extras && extras.TryGetValue(name, out var value) ? value : double.NaN));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle]);
    }

    /// <summary>The images of a cell, with the dataset that a sweep gave it.</summary>
    private static IEnumerable<ResultImage> Stamped(CellResult cell) =>
        ResultDocument.DatasetOf(cell.Settings) is { } dataset ? cell.Images.Select(image => image with { Dataset = dataset }) : cell.Images;

    /// <summary>Arms that replay the same task show the same real images; one copy is enough.</summary>
    private static List<ResultImage> Distinct(IEnumerable<ResultImage> images)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var distinct = new List<ResultImage>();
        foreach (var image in images)
        {
            var maker = image.Kind == ResultImageKind.Real ? "" : $"{image.Method}/{image.Rank}";
            if (seen.Add($"{image.Dataset}/{image.Kind}/{image.Task}/{image.Class}/{maker}/{Convert.ToBase64String(image.Pixels)}"))
            {
                distinct.Add(image);
            }
        }

        return distinct;
    }
}
