namespace Engram.ContinualLearning;

/// <summary>
/// Balanced gradient sample retrieval (arXiv 2412.14430): of a random subset of the memory, the samples whose gradients conflict most with the incoming batch
/// and those most aligned with it, in a fixed ratio; the paper finds about 5:5 best. 10:0 is MIR to first order, 0:10 its opposite; random ones in the mix are
/// the control that tells balance from randomness.
/// </summary>
public sealed record BalancedRetrievalOptions : RetrievalOptions
{
    /// <summary>Samples with the highest loss change.</summary>
    public int Conflicting { get; set; } = 5;

    /// <summary>Samples with the lowest loss change.</summary>
    public int Aligned { get; set; } = 5;

    /// <summary>Samples drawn at random from the other candidates.</summary>
    public int Random { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in base.Problems())
            yield return problem;
        foreach ((string key, int count) in new[] { ("conflicting", Conflicting), ("aligned", Aligned), ("random", Random) })
        {
            if (count is < 0 or > 1 << 20)
                yield return $"strategy.{key} must be 0 to 1048576, got {count}";
        }

        if (Conflicting + Aligned + Random == 0)
            yield return "strategy.conflicting, aligned and random are all 0: nothing would be replayed; use kind \"finetune\" for that";
    }

    internal override RetrievalMix Mix(int batch) => new(Conflicting, Aligned, Random);
}
