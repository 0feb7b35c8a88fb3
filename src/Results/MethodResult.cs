using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>One method of an experiment over all its seeds; in a sweep, one method at one combination of settings.</summary>
public sealed record MethodResult
{
    /// <summary>Name of the method.</summary>
    public required string Name { get; init; }

    /// <summary>Values of the swept settings, for example <c>{"optimizer.learningRate": 0.1}</c>; <c>null</c> without a sweep.</summary>
    public JsonObject? Settings { get; init; }

    /// <summary>The seeds, ascending; every list below that is per seed is in this order. [seeds]</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>Average accuracy over all tasks after the last one.</summary>
    public required Statistic Acc { get; init; }

    /// <summary>Backward transfer; negative means forgetting.</summary>
    public required Statistic Bwt { get; init; }

    /// <summary>Forward transfer.</summary>
    public required Statistic Fwt { get; init; }

    /// <summary>Mean loss against the best earlier accuracy.</summary>
    public required Statistic Forgetting { get; init; }

    /// <summary>Mean accuracy on each task right after it was learned.</summary>
    public required Statistic LearningAccuracy { get; init; }

    /// <summary>The largest loss against the best earlier accuracy.</summary>
    public required Statistic WorstForgetting { get; init; }

    /// <summary>Area under the learning curve of the first batches; <c>null</c> when it was not measured.</summary>
    public Statistic? Lca { get; init; }

    /// <summary>Average accuracy with the outputs of other tasks masked; <c>null</c> when it was not measured.</summary>
    public Statistic? TaskIncrementalAcc { get; init; }

    /// <summary>Payload and bookkeeping of the memory in bytes, the largest over the seeds.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The memory counted three ways, the largest over the seeds.</summary>
    public required MemoryUse Memory { get; init; }

    /// <summary>Scalars of the summarized images over scalars kept, mean over the seeds; NaN where nothing is compressed.</summary>
    public required double CompressionFactor { get; init; }

    /// <summary>Wall time of one seed in seconds, mean over the seeds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Wall time of one training step in microseconds, median over the seeds.</summary>
    public required double StepMicroseconds { get; init; }

    /// <summary>Most bytes that a cell's learner held at once (<see cref="CellResult.PeakBytes"/>), the largest over the seeds; <c>null</c> where it was not measured.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>
    /// Accuracies of every seed: row 0 untrained, row i after task i; column j is task j; NaN where not measured.
    /// [seeds][tasks + 1][tasks]
    /// </summary>
    public required IReadOnlyList<double[][]> AccuracyMatrices { get; init; }

    /// <summary>Further measured numbers by name, for example <c>fitSeconds</c> or <c>triggerRate</c>.</summary>
    public IReadOnlyDictionary<string, Statistic>? Extras { get; init; }

    /// <summary>Inner products of the updates of every seed (<see cref="CellResult.ConstraintGap"/>); <c>null</c> where they were not measured. [seeds][tasks − 1]</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<ConstraintGapRow>>? ConstraintGaps { get; init; }

    /// <summary>AUROC of seen against unseen classes of every seed (<see cref="CellResult.OpenSet"/>); <c>null</c> where it was not measured. [seeds][tasks − 1]</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<double>>? OpenSets { get; init; }

    /// <summary>Who every seed replayed (<see cref="CellResult.Retrieval"/>); <c>null</c> for methods that retrieve nothing. [seeds]</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RetrievalCounts>? Retrievals { get; init; }

    /// <summary>Trajectories of class proxies of the lowest seed that has them; <c>null</c> where they were not followed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProxyPlane? ProxyPlane { get; init; }

    /// <summary>Name with the swept settings.</summary>
    [JsonIgnore]
    public string Label => CellResult.LabelOf(Name, Settings);
}
