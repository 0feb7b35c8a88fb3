using Engram.Data;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>Everything of a checkpoint that is not an array, kept as JSON in the file's metadata.</summary>
internal sealed record CheckpointState
{
    public const int CurrentVersion = 1;

    public required int Version { get; init; }

    public required string Model { get; init; }

    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    public required OptimizerOptions Optimizer { get; init; }

    public required StrategyOptions Strategy { get; init; }

    public required ulong Seed { get; init; }

    public required HeadPolicy Head { get; init; }

    public int OutputsPerTask { get; init; }

    public Normalization? Normalization { get; init; }

    public AugmentationOptions? Augmentation { get; init; }

    public required bool CheckInputs { get; init; }

    public required TaskInfo[] Tasks { get; init; }

    public required bool TaskRunning { get; init; }

    public required Dictionary<string, long> Counters { get; init; }

    /// <summary>SHA-256 over all arrays in the order of the file: a flipped bit is found before anything is taken over.</summary>
    public required string Digest { get; init; }
}
