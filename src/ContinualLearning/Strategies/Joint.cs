using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>
/// All tasks at once, shuffled: the upper reference of every table. The step is fine-tuning's; what differs is the stream, which must
/// offer the union of all tasks as one task (<see cref="StrategyOptions.NeedsAllTasks"/>).
/// </summary>
public sealed record JointOptions : StrategyOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsAllTasks => true;

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => new FineTune();
}
