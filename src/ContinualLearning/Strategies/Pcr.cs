namespace Engram.ContinualLearning;

/// <summary>
/// Proxy-based contrastive replay (Lin et al. 2023, arXiv 2304.04408): random samples of the memory, and the proxy-based contrastive loss over them and the
/// batch. Balanced retrieval builds on it. The paper's network has a cosine head with temperature 0.09 (<c>model.head</c>).
/// </summary>
public sealed record PcrOptions : RetrievalOptions
{
    /// <summary>The proxy-based contrastive loss.</summary>
    public PcrOptions() => Loss = ReplayLoss.ProxyContrastive;

    /// <summary>Samples replayed per step; as many as the current batch has when omitted.</summary>
    public int? ReplayBatch { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() => [.. base.Problems(), .. ReplayBatchProblems(ReplayBatch)];

    internal override RetrievalMix Mix(int batch) => new(0, 0, ReplayBatch ?? batch);
}
