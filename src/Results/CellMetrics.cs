namespace Engram.Results;

/// <summary>
/// The metrics of one cell, fractions in [−1, 1], NaN where undefined (backward transfer of a single task). R[i, j] is
/// the accuracy on task j after task i, b[j] the accuracy of the untrained network.
/// </summary>
public sealed record CellMetrics
{
    /// <summary>Average accuracy over all tasks after the last one.</summary>
    public required double Acc { get; init; }

    /// <summary>Backward transfer, mean of R[T, j] − R[j, j] over the tasks before the last; negative means forgetting.</summary>
    public required double Bwt { get; init; }

    /// <summary>Forward transfer, mean of R[j−1, j] − b[j] over the tasks after the first.</summary>
    public required double Fwt { get; init; }

    /// <summary>Forgetting of A-GEM (1812.00420): mean loss against the best earlier accuracy.</summary>
    public required double Forgetting { get; init; }

    /// <summary>Mean of the diagonal R[j, j].</summary>
    public required double LearningAccuracy { get; init; }

    /// <summary>The largest of the losses that <see cref="Forgetting"/> averages.</summary>
    public required double WorstForgetting { get; init; }

    /// <summary>Area under the learning curve of the first batches; <c>null</c> when it was not measured.</summary>
    public double? Lca { get; init; }

    /// <summary>Average accuracy with the outputs of other tasks masked; <c>null</c> when it was not measured.</summary>
    public double? TaskIncrementalAcc { get; init; }
}
