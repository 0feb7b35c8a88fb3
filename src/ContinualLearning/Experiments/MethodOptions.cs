using System.Text.Json.Nodes;

namespace Engram.ContinualLearning.Experiments;

/// <summary>One arm of an experiment.</summary>
public sealed record MethodOptions
{
    /// <summary>What the arm is called in tables; unique in the experiment.</summary>
    public required string Name { get; set; }

    /// <summary>The strategy and its parts.</summary>
    public required StrategyOptions Strategy { get; set; }

    /// <summary>
    /// Name of the arm that this one is compared with, seed by seed: the one with equal memory. No comparison when left out.
    /// </summary>
    public string? Baseline { get; set; }

    /// <summary>Values to go through for this arm alone, as in <see cref="ExperimentOptions.Sweep"/>; keys are relative to the arm: <c>strategy.replay.rank</c>.</summary>
    public JsonObject? Sweep { get; set; }
}
