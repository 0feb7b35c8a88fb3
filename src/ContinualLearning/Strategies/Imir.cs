namespace Engram.ContinualLearning;

/// <summary>
/// The opposite of <see cref="MirOptions"/>: the samples whose loss the incoming batch's step would lower most, whose gradients are aligned with it
/// (the other end of the ablation of arXiv 2412.14430).
/// </summary>
public sealed record ImirOptions : RetrievalOptions
{
    /// <summary>Samples replayed per step; as many as the current batch has when omitted.</summary>
    public int? ReplayBatch { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() => [.. base.Problems(), .. ReplayBatchProblems(ReplayBatch)];

    internal override RetrievalMix Mix(int batch) => new(0, ReplayBatch ?? batch, 0);
}
