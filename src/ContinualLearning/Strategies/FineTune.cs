namespace Engram.ContinualLearning;

/// <summary>No memory: every batch is an ordinary step. The lower reference of every table.</summary>
public sealed record FineTuneOptions : StrategyOptions
{
    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => new FineTune();
}

/// <summary>θ ← step(∇ mean cross-entropy of the current batch).</summary>
internal sealed class FineTune : IStrategy
{
    public IReplaySource? Replay => null;

    public void BeginTask(in TaskContext task)
    {
    }

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int rows = step.Stage(batch);
        float loss = step.Differentiate(0, rows, step.Gradient);
        step.Apply();
        return new StepReport(step.Steps, loss, rows, 0, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
    }

    public void Save(CheckpointWriter writer)
    {
    }

    public void Load(CheckpointReader reader)
    {
    }
}
