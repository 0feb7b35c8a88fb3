using System.Text.Json.Serialization;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// The control of every experiment on memory strength: GEM's references added to the gradient and no projection. GEM with a lower bound γ is this followed by a
/// projection, so what GEM gains beyond it is what its constraints are worth.
/// </summary>
public sealed record ReplaySumOptions : StrategyOptions
{
    /// <summary>Where past samples come from.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 256 };

    /// <summary>Rows of each task's memory that a step reads; all that are stored when omitted, and 256 from generators.</summary>
    public int? Memories { get; set; }

    /// <summary>Weight γ of each past task's gradient.</summary>
    public double Strength { get; set; } = 0.5;

    /// <summary>Whether every past task gets γ, or all together.</summary>
    public StrengthNormalization Normalization { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsAllTasks => true;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() =>
        [.. base.Problems(), .. Replay.Problems("strategy.replay"), .. GemOptions.StrengthProblems(Memories, Strength, Normalization)];

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) =>
        new ReplaySum(Replay.Create(step.Model.Inputs, step.Device), Memories, Strength, Normalization, Tensor.Zeros(step.Device, 1, step.Gradient.Count));
}

/// <summary>θ ← step(∇ loss(current batch) + γ·Σ_k ∇ loss(memory of task k)) over finished tasks; then the batch is offered to the memory.</summary>
internal sealed class ReplaySum(IReplaySource replay, int? memories, double strength, StrengthNormalization normalization, Tensor reference) : IStrategy, IDisposable
{
    public IReplaySource Replay => replay;

    public long WorkBytes => (long)reference.Count * sizeof(float);

    public void BeginTask(in TaskContext task) => replay.BeginTask(task);

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch), replayed = 0;
        float loss = step.Differentiate(0, current, step.Gradient);
        RandomCursor draw = step.Random("replay");
        double weight = strength / (normalization == StrengthNormalization.Mean ? Math.Max(1, step.Task) : 1);
        for (int task = 0; task < step.Task; task++)
        {
            (int first, int count, _) = step.StageFinished(replay, task, TaskGradients.RowsWanted(replay, task, memories), current, ref draw);
            if (count == 0)
                continue;
            replayed += count;
            step.DifferentiateReference(first, count, reference.Select(0, 0));
            step.Device.AddRows([weight], reference.View, step.Gradient.View);
        }

        step.Apply();
        RandomCursor write = step.Random("memory");
        replay.Observe(batch, step.Task, ref write);
        return new StepReport(step.Steps, loss, current, replayed, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples) => replay.EndTask(task, samples);

    public void Save(CheckpointWriter writer) => replay.Save(writer);

    public void Load(CheckpointReader reader) => replay.Load(reader);

    public void Dispose() => reference.Dispose();
}
