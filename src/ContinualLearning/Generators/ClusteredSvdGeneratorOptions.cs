namespace Engram.ContinualLearning;

/// <summary>
/// Several SVD generators per class, one for each part of its images (open question of Lamers et al. 2025, arXiv 2506.19692: locally linear
/// manifolds).
/// </summary>
public sealed record ClusteredSvdGeneratorOptions : ReplaySourceOptions
{
    /// <summary>Generators wanted per class; fewer where the images or the budget do not give that many.</summary>
    public int Clusters { get; set; } = 2;

    /// <summary>How the images of a class are split.</summary>
    public ClusterPartition Partition { get; set; }

    /// <summary>What the generators of a class may cost together. Within a limit, every next component goes to the part where it explains most.</summary>
    public GeneratorBudget Budget { get; set; } = GeneratorBudget.ScalarEqual;

    /// <summary>Rank of the one generator that a limit is measured against.</summary>
    public int ReferenceRank { get; set; } = 5;

    /// <summary>Payload of the one generator that a limit in bytes is measured against.</summary>
    public GeneratorPayload ReferencePayload { get; set; }

    /// <summary>Components of every generator when there is no limit.</summary>
    public int Rank { get; set; } = 5;

    /// <summary>Images that a part needs; smaller parts are joined to others.</summary>
    public int MinCluster { get; set; } = 5;

    /// <summary>Samples s that the fits may use.</summary>
    public int FitSamples { get; set; } = 1000;

    /// <summary>Whether s counts samples per task or per class.</summary>
    public FitSampleScope FitScope { get; set; }

    /// <summary>Which statistics are stored.</summary>
    public GeneratorForm Form { get; set; }

    /// <summary>How the bases are stored.</summary>
    public GeneratorPayload Payload { get; set; }

    /// <summary>Limit generated values to [0, 1].</summary>
    public bool Clamp { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at)
    {
        foreach ((string key, int value) in new[]
        {
            ("clusters", Clusters), ("referenceRank", ReferenceRank), ("rank", Rank), ("minCluster", MinCluster), ("fitSamples", FitSamples),
        })
        {
            if (value < 1)
                yield return $"{at}.{key} must be 1 or more, got {value}";
        }

        if (!Enum.IsDefined(Partition))
            yield return $"{at}.partition must be \"k-means\", \"linear-patches\" or \"affine-patches\", got {(int)Partition}";
        if (!Enum.IsDefined(Budget))
            yield return $"{at}.budget must be \"none\", \"scalar-equal\" or \"byte-equal\", got {(int)Budget}";
        if (!Enum.IsDefined(ReferencePayload))
            yield return $"{at}.referencePayload must be \"float32\", \"float16\" or \"int8\", got {(int)ReferencePayload}";
        if (!Enum.IsDefined(FitScope))
            yield return $"{at}.fitScope must be \"perTask\" or \"perClass\", got {(int)FitScope}";
        if (!Enum.IsDefined(Form))
            yield return $"{at}.form must be \"paper\" or \"lean\", got {(int)Form}";
        if (!Enum.IsDefined(Payload))
            yield return $"{at}.payload must be \"float32\", \"float16\" or \"int8\", got {(int)Payload}";
        if (Budget == GeneratorBudget.ScalarEqual && Clusters > ReferenceRank)
            yield return $"{at}.clusters must be at most referenceRank = {ReferenceRank} when the budget is \"scalar-equal\", for every cluster needs a component, got {Clusters}";
        if (Form == GeneratorForm.Lean && Partition == ClusterPartition.AffinePatches)
            yield return $"{at}.form must be \"paper\" for \"affine-patches\": the lean form derives the covariance from singular values, which such a basis does not have";
    }

    /// <inheritdoc/>
    public override IReplaySource Create(int features, Kernels.Device device) => new ClusteredSvdGeneratorReplay(this, features, device);
}
