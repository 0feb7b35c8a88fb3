using System.Text.Json.Serialization;
using Engram.Data;

namespace Engram.ContinualLearning.Experiments;

/// <summary>How long, and in which portions, a task is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over a task's images.</summary>
    public int Epochs { get; set; } = 1;

    /// <summary>Images of the current task per step.</summary>
    public int BatchSize { get; set; } = 10;

    /// <summary>Images of the past per step (the replayed or the reference batch), equal for every method; <see cref="BatchSize"/> when left out.</summary>
    public int? ReplayBatch { get; set; }

    /// <summary>Which outputs take part in the loss: <c>shared</c>, <c>masked</c> to those of a task, or <c>multi-head</c>: own ones per task.</summary>
    public HeadPolicy Head { get; set; }

    /// <summary>Random changes of training images, current and replayed ones; none when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AugmentationOptions? Augment { get; set; }

    /// <summary>The replay batch in force.</summary>
    [JsonIgnore]
    public int EffectiveReplayBatch => ReplayBatch ?? BatchSize;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Epochs is < 1 or > 100_000)
            yield return $"training.epochs: expected 1 to 100000, got {Epochs}";
        if (BatchSize is < 1 or > 1 << 16)
            yield return $"training.batchSize: expected 1 to 65536, got {BatchSize}";
        if (ReplayBatch is < 1 or > 1 << 16)
            yield return $"training.replayBatch: expected 1 to 65536, got {ReplayBatch}";
        foreach (string problem in Augment?.Problems() ?? [])
            yield return "training.augment." + problem;
    }
}
