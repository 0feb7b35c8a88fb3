using System.Text.Json.Serialization;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Dark experience replay, DER++ (Buzzega et al. 2020, <i>Dark experience for general continual learning</i>, arXiv 2004.07211): beside a sample the memory
/// keeps the logits that it had when it came, and the network is held to them. β = 0 is DER.
/// </summary>
public sealed record DerOptions : StrategyOptions
{
    /// <summary>Where past samples and their logits are kept: a buffer that fills from the stream.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions();

    /// <summary>Samples of each of the two draws per step; as many as the current batch has when omitted.</summary>
    public int? ReplayBatch { get; set; }

    /// <summary>Weight α of the distance to the kept logits.</summary>
    public double Alpha { get; set; } = 0.1;

    /// <summary>Weight β of the cross-entropy of the second draw.</summary>
    public double Beta { get; set; } = 0.5;

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in (IEnumerable<string>)[.. base.Problems(), .. ReplayBatchProblems(ReplayBatch), .. Replay.Problems("strategy.replay")])
            yield return problem;
        if (Replay is not BufferOptions { Storage: not BufferStorage.TaskEnd })
            yield return "strategy.replay must be a \"buffer\" with storage \"reservoir\", \"ring\" or \"task-ring\": logits are kept when a sample passes in the stream";
        if (!(Alpha is >= 0 and <= 1e6))
            yield return $"strategy.alpha must be 0 to 1e6, got {Alpha}";
        if (!(Beta is >= 0 and <= 1e6))
            yield return $"strategy.beta must be 0 to 1e6, got {Beta}";
    }

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) =>
        new Der(((BufferOptions)Replay).Create(step.Model.Inputs, step.Model.Outputs), this, Tensor.Zeros(step.Device, step.Gradient.Count));
}

/// <summary>
/// θ ← step(∇ [cross-entropy(batch) + α·mean (logits(x′) − z′)² + β·cross-entropy(x″, y″)]) with two draws (x′, z′) and (x″, y″) from the memory; then every
/// row of the batch is offered to the memory together with the logits that the network gave it in this step.
/// </summary>
internal sealed class Der(ReplayBuffer replay, DerOptions options, Tensor second) : IStrategy, IDisposable
{
    private float[] _logits = [];

    public IReplaySource Replay => replay;

    public long WorkBytes => (long)second.Count * sizeof(float);

    public void BeginTask(in TaskContext task) => replay.BeginTask(task);

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch), outputs = step.Model.Outputs;
        RandomCursor draw = step.Random("replay");
        int held = options.Alpha > 0 ? step.StageReplay(replay, options.ReplayBatch ?? current, ReplayScope.All, ref draw) : 0;
        Span<float> targets = held > 0 ? step.Targets(held) : default;
        for (int i = 0; i < held; i++)
            replay.Store.Companion(replay.Drawn[i]).CopyTo(targets[(i * outputs)..]);
        int again = options.Beta > 0 ? step.StageReplay(replay, options.ReplayBatch ?? current, ReplayScope.All, ref draw) : 0;
        float loss = step.Differentiate(0, current, step.Gradient);
        if (_logits.Length < current * outputs)
            _logits = new float[current * outputs];
        step.ReadLogits(_logits.AsSpan(0, current * outputs));
        if (held > 0)
        {
            step.DifferentiateDistance(current, held, second);
            step.Device.Zip(new AddScaledOp((float)options.Alpha), step.Gradient.View, second.View, step.Gradient.View);
        }

        if (again > 0)
        {
            step.Differentiate(current + held, again, second);
            step.Device.Zip(new AddScaledOp((float)options.Beta), step.Gradient.View, second.View, step.Gradient.View);
        }

        step.Apply();
        RandomCursor write = step.Random("memory");
        for (int i = 0; i < current; i++)
        {
            _logits.AsSpan(i * outputs, outputs).CopyTo(replay.Store.Next);
            replay.Observe(new Batch(batch.X.Slice(i * step.Model.Inputs, step.Model.Inputs), batch.Labels.Slice(i, 1)), step.Task, ref write);
        }

        return new StepReport(step.Steps, loss, current, held + again, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples) => replay.EndTask(task, samples);

    public void Save(CheckpointWriter writer) => replay.Save(writer);

    public void Load(CheckpointReader reader) => replay.Load(reader);

    public void Dispose() => second.Dispose();
}
