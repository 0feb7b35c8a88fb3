using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

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

    /// <summary>Places on the axes where the arm runs, <c>{"dataset": ["cifar10", "svhn"]}</c>; everywhere when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Only { get; set; }

    /// <summary>Places on the axes where it does not run, <c>{"model": "resnet18", "dataset": "svhn"}</c>: those at which all of its axes fit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Except { get; set; }
}
