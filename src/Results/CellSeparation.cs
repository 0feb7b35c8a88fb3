namespace Engram.Results;

/// <summary>Takes a result document apart into its cells again, what <see cref="CellAggregation"/> put together.</summary>
public static class CellSeparation
{
    /// <summary>
    /// The cells of a document, in its order. Accuracies, metrics and extras are each seed's own. What a document holds once per method stands in each of its
    /// cells (memory, compression factor, peak, mean seconds, median step) or in that of the first seed (images, proxies' plane); remarks stand in all cells.
    /// Fingerprints are unknown. Aggregated again, the cells give the same document; only the order of its images may differ.
    /// </summary>
    /// <param name="document">A document that holds together, as every loaded one does.</param>
    public static IEnumerable<CellResult> CellsOf(ResultDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return document.Methods.SelectMany(method => Enumerable.Range(0, method.Seeds.Count).Select(i => CellOf(document, method, i)));
    }

    private static CellResult CellOf(ResultDocument document, MethodResult method, int i) => new()
    {
        SchemaVersion = document.SchemaVersion,
        Method = method.Name,
        Seed = method.Seeds[i],
        Settings = method.Settings?.DeepClone().AsObject(),
        AccuracyMatrix = method.AccuracyMatrices[i],
        Metrics = new CellMetrics
        {
            Acc = method.Acc.Values[i],
            Bwt = method.Bwt.Values[i],
            Fwt = method.Fwt.Values[i],
            Forgetting = method.Forgetting.Values[i],
            LearningAccuracy = method.LearningAccuracy.Values[i],
            WorstForgetting = method.WorstForgetting.Values[i],
            Lca = Measured(method.Lca, i),
            TaskIncrementalAcc = Measured(method.TaskIncrementalAcc, i),
        },
        Memory = method.Memory,
        CompressionFactor = method.CompressionFactor,
        Seconds = method.Seconds,
        StepMicroseconds = method.StepMicroseconds,
        PeakBytes = method.PeakBytes,
        Extras = method.Extras?.Where(extra => Measured(extra.Value, i) is not null).ToDictionary(extra => extra.Key, extra => extra.Value.Values[i]),
        ConstraintGap = method.ConstraintGaps?[i] is { Count: > 0 } gap ? gap : null,
        OpenSet = method.OpenSets?[i],
        Retrieval = method.Retrievals?[i],
        ProxyPlane = i == 0 ? method.ProxyPlane : null,
        Images = i == 0 ? [.. document.Images.Where(image => image.Dataset == ResultDocument.DatasetOf(method.Settings) && (image.Method ?? method.Name) == method.Name)] : [],
        Notes = document.Notes,
    };

    /// <summary>A seed's value; <c>null</c> where only other seeds, or none, measured it.</summary>
    private static double? Measured(Statistic? statistic, int i) => statistic is null || double.IsNaN(statistic.Values[i]) ? null : statistic.Values[i];
}
