using System.Text.Json.Serialization;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// A-GEM (Chaudhry et al. 2019, <i>Efficient lifelong learning with A-GEM</i>, arXiv 1812.00420), with raw samples or with samples from
/// SVD generators (A-GEM-gen, Lamers et al. 2025, arXiv 2506.19692).
/// </summary>
public sealed record AGemOptions : StrategyOptions
{
    /// <summary>Where past samples come from.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 25 };

    /// <summary>Samples of the reference batch; as many as the current batch has when omitted.</summary>
    public int? ReplayBatch { get; set; }

    /// <summary>What the reference gradient demands of the step.</summary>
    public ConstraintOptions Constraint { get; set; } = new AgemConstraintOptions();

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() =>
        [.. base.Problems(), .. ReplayBatchProblems(ReplayBatch), .. Replay.Problems("strategy.replay"), .. Constraint.Problems("strategy.constraint")];

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) =>
        new AGem(Replay.Create(step.Model.Inputs, step.Device), ReplayBatch, Constraint.Create(step.Model.Parameters), Tensor.Zeros(step.Device, step.Gradient.Count));
}

/// <summary>
/// g = ∇ loss(current batch), g_ref = ∇ loss(rows of finished tasks). If ⟨g, g_ref⟩ ≥ 0, θ ← step(g); else
/// θ ← step(g − ⟨g, g_ref⟩/⟨g_ref, g_ref⟩ · g_ref), over the whole flat vector. The first task is an ordinary step.
/// </summary>
internal sealed class AGem(IReplaySource replay, int? replayBatch, IGradientConstraint constraint, Tensor reference) : ReferenceGem(replay, constraint, reference)
{
    protected override int Refer(TrainingStep step, int current, Tensor into, ref RandomCursor random)
    {
        int replayed = step.StageReplay(Replay, replayBatch ?? current, ReplayScope.FinishedTasks, ref random);
        if (replayed > 0)
            step.Differentiate(current, replayed, into);
        return replayed;
    }
}
