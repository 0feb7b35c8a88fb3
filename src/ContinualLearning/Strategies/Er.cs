using System.Text.Json.Serialization;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Experience replay (Chaudhry et al. 2019, <i>On tiny episodic memories in continual learning</i>, arXiv 1902.10486), with raw samples or
/// with samples from SVD generators (ER-gen, Lamers et al. 2025, arXiv 2506.19692).
/// </summary>
public sealed record ErOptions : StrategyOptions
{
    /// <summary>Where past samples come from.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions();

    /// <summary>Samples drawn per step; as many as the current batch has when omitted.</summary>
    public int? ReplayBatch { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() =>
        [.. base.Problems(), .. ReplayBatchProblems(ReplayBatch), .. Replay.Problems("strategy.replay")];

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => new Er(Replay.Create(step.Model.Inputs, step.Device), ReplayBatch);
}

/// <summary>
/// θ ← step(∇ mean cross-entropy of B current and B_mem replayed rows together); then the B current rows are offered to the memory.
/// </summary>
internal sealed class Er(IReplaySource replay, int? replayBatch) : IStrategy
{
    public IReplaySource Replay => replay;

    public void BeginTask(in TaskContext task) => replay.BeginTask(task);

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch);
        RandomCursor draw = step.Random("replay");
        int replayed = step.StageReplay(replay, replayBatch ?? current, ReplayScope.All, ref draw);
        float loss = step.Differentiate(0, current + replayed, step.Gradient);
        step.Apply();
        RandomCursor write = step.Random("memory");
        replay.Observe(batch, step.Task, ref write);
        return new StepReport(step.Steps, loss, current, replayed, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples) => replay.EndTask(task, samples);

    public void Save(CheckpointWriter writer) => replay.Save(writer);

    public void Load(CheckpointReader reader) => replay.Load(reader);
}
