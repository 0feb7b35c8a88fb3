using System.Text.Json.Serialization;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Experience replay with asymmetric cross-entropy (Caccia et al. 2022, <i>New insights on reducing abrupt representation change in online continual
/// learning</i>, arXiv 2104.05025): the incoming batch does not push the logits of old classes down.
/// </summary>
public sealed record ErAceOptions : StrategyOptions
{
    /// <summary>Where past samples come from.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions();

    /// <summary>Samples drawn per step; as many as the current batch has when omitted.</summary>
    public int? ReplayBatch { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() => [.. base.Problems(), .. ReplayBatchProblems(ReplayBatch), .. Replay.Problems("strategy.replay")];

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) =>
        new ErAce(Replay.Create(step.Model.Inputs, step.Device), ReplayBatch, step.Model.Outputs, Tensor.Zeros(step.Device, step.Gradient.Count));
}

/// <summary>
/// θ ← step(∇ [mean cross-entropy of the current batch among its own classes + mean cross-entropy of replayed rows among all classes seen]); then the batch
/// is offered to the memory.
/// </summary>
internal sealed class ErAce(IReplaySource replay, int? replayBatch, int outputs, Tensor second) : IStrategy, IDisposable
{
    private readonly SeenClasses _seen = new(outputs);
    private readonly float[] _offsets = new float[outputs];

    public IReplaySource Replay => replay;

    public long WorkBytes => (long)second.Count * sizeof(float);

    public void BeginTask(in TaskContext task) => replay.BeginTask(task);

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch);
        RandomCursor draw = step.Random("replay");
        int replayed = step.StageReplay(replay, replayBatch ?? current, ReplayScope.All, ref draw);
        _seen.See(batch.Labels);
        _offsets.AsSpan().Fill(TrainingStep.Hidden);
        foreach (int label in batch.Labels)
            _offsets[label] = 0f;
        step.Offset(0, current, _offsets);
        float loss = step.Differentiate(0, current, step.Gradient);
        if (replayed > 0)
        {
            for (int c = 0; c < _offsets.Length; c++)
                _offsets[c] = _seen[c] ? 0f : TrainingStep.Hidden;
            step.Offset(current, replayed, _offsets);
            step.Differentiate(current, replayed, second);
            step.Device.Zip(default(AddOp), step.Gradient.View, second.View, step.Gradient.View);
        }

        step.Apply();
        RandomCursor write = step.Random("memory");
        replay.Observe(batch, step.Task, ref write);
        return new StepReport(step.Steps, loss, current, replayed, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples) => replay.EndTask(task, samples);

    public void Save(CheckpointWriter writer)
    {
        replay.Save(writer);
        _seen.Save(writer);
    }

    public void Load(CheckpointReader reader)
    {
        replay.Load(reader);
        _seen.Load(reader);
    }

    public void Dispose() => second.Dispose();
}
