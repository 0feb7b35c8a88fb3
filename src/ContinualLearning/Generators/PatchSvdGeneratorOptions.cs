namespace Engram.ContinualLearning;

/// <summary>
/// Generators that put images together from patches (open question of Lamers et al. 2025, arXiv 2506.19692: local patterns for convolutional
/// networks): a dictionary of patches, and for every class how the coefficients at every position are distributed.
/// </summary>
public sealed record PatchSvdGeneratorOptions : ReplaySourceOptions
{
    /// <summary>Rows and columns of a patch.</summary>
    public int Patch { get; set; } = 7;

    /// <summary>Pixels from one patch to the next; the patch's side when left out. Overlapping patches are averaged.</summary>
    public int? Stride { get; set; }

    /// <summary>Components of a dictionary; within a budget and with covariances by position, at most.</summary>
    public int PatchRank { get; set; } = 8;

    /// <summary>Which images share a dictionary.</summary>
    public PatchDictionary Dictionary { get; set; }

    /// <summary>How the coefficients of an image vary.</summary>
    public PatchCovariance Covariance { get; set; }

    /// <summary>Directions along which all coefficients of an image vary together; as many as the budget allows when left out.</summary>
    public int? JointRank { get; set; }

    /// <summary>Adds to every coefficient, as independent noise, the variance that the joint directions leave.</summary>
    public bool Residual { get; set; } = true;

    /// <summary>What the generators of a task may cost together, per class.</summary>
    public GeneratorBudget Budget { get; set; } = GeneratorBudget.ScalarEqual;

    /// <summary>Rank of the generator of whole images that a budget is measured against.</summary>
    public int ReferenceRank { get; set; } = 5;

    /// <summary>Payload of the generator that a budget in bytes is measured against.</summary>
    public GeneratorPayload ReferencePayload { get; set; }

    /// <summary>Samples s that the fits may use.</summary>
    public int FitSamples { get; set; } = 1000;

    /// <summary>Whether s counts samples per task or per class.</summary>
    public FitSampleScope FitScope { get; set; }

    /// <summary>How dictionaries, directions and factors are stored; means and deviations are always 32-bit floats.</summary>
    public GeneratorPayload Payload { get; set; }

    /// <summary>Limit generated values to [0, 1].</summary>
    public bool Clamp { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at)
    {
        foreach ((string key, int value) in new[]
        {
            ("patch", Patch), ("stride", Stride ?? 1), ("patchRank", PatchRank), ("jointRank", JointRank ?? 1), ("referenceRank", ReferenceRank), ("fitSamples", FitSamples),
        })
        {
            if (value < 1)
                yield return $"{at}.{key} must be 1 or more, got {value}";
        }

        if (Stride > Patch)
            yield return $"{at}.stride must be at most {at}.patch = {Patch}, or pixels are left out, got {Stride}";
        if (!Enum.IsDefined(Dictionary))
            yield return $"{at}.dictionary must be \"task\" or \"class\", got {(int)Dictionary}";
        if (!Enum.IsDefined(Covariance))
            yield return $"{at}.covariance must be \"joint\" or \"position\", got {(int)Covariance}";
        if (!Enum.IsDefined(Budget))
            yield return $"{at}.budget must be \"none\", \"scalar-equal\" or \"byte-equal\", got {(int)Budget}";
        if (Budget == GeneratorBudget.None && Covariance == PatchCovariance.Joint && JointRank is null)
            yield return $"{at}.jointRank must be given when the budget is \"none\"";
        if (Budget != GeneratorBudget.None && JointRank is not null)
            yield return $"{at}.jointRank must be left out when there is a budget, which decides it; set {at}.budget to \"none\" to give it";
        if (!Enum.IsDefined(ReferencePayload))
            yield return $"{at}.referencePayload must be \"float32\", \"float16\" or \"int8\", got {(int)ReferencePayload}";
        if (!Enum.IsDefined(FitScope))
            yield return $"{at}.fitScope must be \"perTask\" or \"perClass\", got {(int)FitScope}";
        if (!Enum.IsDefined(Payload))
            yield return $"{at}.payload must be \"float32\", \"float16\" or \"int8\", got {(int)Payload}";
    }

    /// <inheritdoc/>
    public override IReplaySource Create(int features, Kernels.Device device) => new PatchSvdGeneratorReplay(this, features, device);
}
