namespace Engram.ContinualLearning;

/// <summary>
/// Maximally interfered retrieval (Aljundi et al. 2019, <i>Online continual learning with maximal interfered retrieval</i>, arXiv 1908.04742): of a random
/// subset of the memory, the samples whose loss the incoming batch's step would raise most. <see cref="LossChangeMethod.VirtualStep"/> is the paper's own way,
/// <see cref="LossChangeMethod.Taylor"/> its first order.
/// </summary>
public sealed record MirOptions : RetrievalOptions
{
    /// <summary>The virtual step of the paper.</summary>
    public MirOptions() => Scoring = LossChangeMethod.VirtualStep;

    /// <summary>Samples replayed per step; as many as the current batch has when omitted.</summary>
    public int? ReplayBatch { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() => [.. base.Problems(), .. ReplayBatchProblems(ReplayBatch)];

    internal override RetrievalMix Mix(int batch) => new(ReplayBatch ?? batch, 0, 0);
}
