using System.Text.Json.Serialization;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Stochastic GEM (Chaudhry et al. 2019, arXiv 1812.00420, section 4): the constraint of one past task, drawn anew in every step.</summary>
public sealed record SGemOptions : StrategyOptions
{
    /// <summary>Where past samples come from.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 256 };

    /// <summary>Rows of the drawn task's memory that a step reads; all that are stored when omitted, and 256 from generators.</summary>
    public int? Memories { get; set; }

    /// <summary>What the reference gradient demands of the step.</summary>
    public ConstraintOptions Constraint { get; set; } = new AgemConstraintOptions();

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() =>
        [.. base.Problems(), .. Replay.Problems("strategy.replay"), .. GemOptions.StrengthProblems(Memories, 0, default), .. Constraint.Problems("strategy.constraint")];

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => new SGem(
        Replay.Create(step.Model.Inputs, step.Device), Memories, Constraint.Create(step.Model.Parameters), Tensor.Zeros(step.Device, step.Gradient.Count));
}

/// <summary>
/// g = ∇ loss(current batch), ĝ = ∇ loss(memory of task k) with k uniform among finished tasks that have memory; then A-GEM's rule with ĝ as its reference.
/// </summary>
internal sealed class SGem(IReplaySource replay, int? memories, IGradientConstraint constraint, Tensor reference) : ReferenceGem(replay, constraint, reference)
{
    protected override int Refer(TrainingStep step, int current, Tensor into, ref RandomCursor random)
    {
        int filled = 0;
        for (int task = 0; task < step.Task; task++)
            filled += Replay.AvailableOf(task) > 0 ? 1 : 0;
        if (filled == 0)
            return 0;
        int left = random.NextInt32(filled), chosen = 0;
        while (Replay.AvailableOf(chosen) == 0 || left-- > 0)
            chosen++;
        (int first, int replayed, _) = step.StageFinished(Replay, chosen, TaskGradients.RowsWanted(Replay, chosen, memories), current, ref random);
        if (replayed > 0)
            step.DifferentiateReference(first, replayed, into);
        return replayed;
    }
}
