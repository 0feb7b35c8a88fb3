namespace Engram.ContinualLearning;

/// <summary>One truncated SVD per (task, class), sampled instead of stored images (Lamers et al. 2025, arXiv 2506.19692).</summary>
public sealed record SvdGeneratorOptions : ReplaySourceOptions
{
    /// <summary>Components r of each generator.</summary>
    public int Rank { get; set; } = 5;

    /// <summary>Samples s that a fit may use.</summary>
    public int FitSamples { get; set; } = 1000;

    /// <summary>Whether s counts samples per task or per class.</summary>
    public FitSampleScope FitScope { get; set; }

    /// <summary>Which statistics are stored.</summary>
    public GeneratorForm Form { get; set; }

    /// <summary>How the basis is stored.</summary>
    public GeneratorPayload Payload { get; set; }

    /// <summary>Limit generated values to [0, 1].</summary>
    public bool Clamp { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at)
    {
        if (Rank < 1)
            yield return $"{at}.rank must be 1 or more, got {Rank}";
        if (FitSamples < 1)
            yield return $"{at}.fitSamples must be 1 or more, got {FitSamples}";
        if (!Enum.IsDefined(FitScope))
            yield return $"{at}.fitScope must be \"perTask\" or \"perClass\", got {(int)FitScope}";
        if (!Enum.IsDefined(Form))
            yield return $"{at}.form must be \"paper\" or \"lean\", got {(int)Form}";
        if (!Enum.IsDefined(Payload))
            yield return $"{at}.payload must be \"float32\", \"float16\" or \"int8\", got {(int)Payload}";
    }

    /// <inheritdoc/>
    public override IReplaySource Create(int features, Kernels.Device device) => new SvdGeneratorReplay(this, features, device);
}
