namespace Engram.ContinualLearning;

/// <summary>What a replaying step holds the network to, beside its labels. Both parts can be on.</summary>
public sealed record DistillationOptions
{
    /// <summary>
    /// Weight α of the mean squared distance between the logits of replayed rows and those that they had when they came into the memory, which keeps them (dark
    /// experience replay, Buzzega et al. 2020, arXiv 2004.07211; with proxies: HPCR, arXiv 2309.13550 in the logit part). 0 is off.
    /// </summary>
    public double Logits { get; set; }

    /// <summary>
    /// Weight λ of learning without forgetting (Li and Hoiem 2016, arXiv 1606.09282): on the incoming batch, T² times the cross-entropy between the probabilities at
    /// temperature T of the network as it was at the last task's end and its own, among the classes seen until then. 0 is off.
    /// </summary>
    public double Lwf { get; set; }

    /// <summary>T of <see cref="Lwf"/>.</summary>
    public double Temperature { get; set; } = 2;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(Logits is >= 0 and <= 1e6))
            yield return $"strategy.distillation.logits must be 0 to 1e6, got {Logits}";
        if (!(Lwf is >= 0 and <= 1e6))
            yield return $"strategy.distillation.lwf must be 0 to 1e6, got {Lwf}";
        if (!(Temperature is > 0 and <= 1e3))
            yield return $"strategy.distillation.temperature must be above 0 and at most 1000, got {Temperature}";
        if (Logits == 0 && Lwf == 0)
            yield return "strategy.distillation: logits and lwf are both 0; set one, or leave distillation out";
    }
}
