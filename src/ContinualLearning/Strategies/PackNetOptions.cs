namespace Engram.ContinualLearning;

/// <summary>
/// Room for later tasks inside the network: PackNet (Mallya and Lazebnik 2018, <i>PackNet: adding multiple tasks to a single network by iterative pruning</i>, arXiv
/// 1711.05769). At a task's end the largest of the weights that were free in it are kept and never move again; the others become zero, and the next task has
/// them. Biases and normalization stay what the first task made of them; the head is packed by nobody. Goes with any strategy that trains one network.
/// </summary>
public sealed record PackNetOptions
{
    /// <summary>Share of the free weights of every layer that a task keeps, in (0, 1): by magnitude, of equals the first ones.</summary>
    public double Keep { get; set; } = 0.5;

    /// <summary>Tasks that keep weights; later ones share what is left.</summary>
    public int Tasks { get; set; } = 5;

    /// <summary>Steps on the task's training samples (beside replayed rows) that mend what pruning broke, before the kept weights freeze; the paper's retraining.</summary>
    public int RetrainSteps { get; set; } = 100;

    /// <summary>Under which weights finished tasks are tested.</summary>
    public PackNetTest Test { get; set; }

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(Keep is > 0 and < 1))
            yield return $"strategy.expansion.keep must be above 0 and below 1, got {Keep}";
        if (Tasks is < 1 or > 10_000)
            yield return $"strategy.expansion.tasks must be 1 to 10000, got {Tasks}";
        if (RetrainSteps is < 0 or > 1_000_000)
            yield return $"strategy.expansion.retrainSteps must be 0 to 1000000, got {RetrainSteps}";
        if (!Enum.IsDefined(Test))
            yield return $"strategy.expansion.test must be \"own\" or \"whole\", got {(int)Test}";
    }
}
