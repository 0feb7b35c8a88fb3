using System.Text.Json.Serialization;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Elastic weight consolidation (Kirkpatrick et al. 2017, <i>Overcoming catastrophic forgetting in neural networks</i>, arXiv 1612.00796): after every task a
/// diagonal Fisher information says which parameters matter to it, and later steps pay for moving those. Needs the task's training samples when it ends.
/// </summary>
public sealed record EwcOptions : StrategyOptions
{
    /// <summary>λ: the penalty is λ/2·Σ_k Σ_i F_k,i·(θ_i − θ*_k,i)², as in the paper. (GEM's published code has no ½.)</summary>
    public double Strength { get; set; } = 100;

    /// <summary>Training samples of a task, drawn at random when it ends, that its Fisher information is the mean over; all where there are fewer.</summary>
    public int Samples { get; set; } = 1000;

    /// <summary>Which labels the log-likelihoods are of.</summary>
    public FisherLabels Labels { get; set; }

    /// <summary>Factor on what earlier tasks have left whenever a task ends; 1 is EWC's sum over tasks, less is online EWC.</summary>
    public double Decay { get; set; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in base.Problems())
            yield return problem;
        if (!(Strength is >= 0 and <= 1e9))
            yield return $"strategy.strength must be 0 to 1e9, got {Strength}";
        if (Samples < 1)
            yield return $"strategy.samples must be 1 or more, got {Samples}";
        if (!Enum.IsDefined(Labels))
            yield return $"strategy.labels must be \"data\" or \"model\", got {(int)Labels}";
        if (!(Decay is >= 0 and <= 1))
            yield return $"strategy.decay must be 0 to 1, got {Decay}";
    }

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => new Ewc(this, step);
}

/// <summary>
/// θ ← step(∇ loss(batch) + λ·A∘(θ − M)). The sum of the tasks' quadratics is one quadratic up to a constant: A = Σ_k F_k and M = Σ_k F_k∘θ*_k / A, so the memory
/// does not grow with the tasks, and no digit is lost to the difference of large sums.
/// </summary>
internal sealed class Ewc(EwcOptions options, TrainingStep step) : IStrategy, IDisposable
{
    private readonly Tensor _importance = Tensor.Zeros(step.Device, step.Values.Count);
    private readonly Tensor _anchor = Tensor.Zeros(step.Device, step.Values.Count);
    private readonly Tensor _pull = Tensor.Zeros(step.Device, step.Values.Count);
    private bool _consolidated;

    public IReplaySource? Replay => null;

    public long WorkBytes => 3L * _pull.Count * sizeof(float);

    public void BeginTask(in TaskContext task)
    {
    }

    public StepReport Observe(in Batch batch, TrainingStep running)
    {
        int rows = running.Stage(batch);
        float loss = running.Differentiate(0, rows, running.Gradient);
        if (_consolidated && options.Strength > 0)
        {
            running.Device.Zip(new AddScaledOp(-1f), running.Values.View, _anchor.View, _pull.View);
            running.Device.Zip(default(MultiplyOp), _importance.View, _pull.View, _pull.View);
            running.Device.Zip(new AddScaledOp((float)options.Strength), running.Gradient.View, _pull.View, running.Gradient.View);
        }

        running.Apply();
        return new StepReport(running.Steps, loss, rows, 0, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
        if (samples is null || samples.Count == 0)
            throw new InvalidOperationException($"end task: ewc measures the Fisher information on training samples of task {task.Index} and got none; pass them to EndTask");
        double[] fisher = Fisher(task, samples);
        float[] importance = _importance.ToArray(), anchor = _anchor.ToArray(), values = step.Values.ToArray();
        for (int i = 0; i < fisher.Length; i++)
        {
            double before = options.Decay * importance[i], after = before + fisher[i];
            // where no task has cared so far the anchor is of no weight; it follows the parameters
            anchor[i] = (float)(after > 0 ? anchor[i] + (fisher[i] / after * (values[i] - anchor[i])) : values[i]);
            importance[i] = (float)after;
        }

        Write(importance, _importance);
        Write(anchor, _anchor);
        _consolidated = true;
    }

    public void Describe(IDictionary<string, double> figures)
    {
        float[] importance = _importance.ToArray();
        figures["fisherMean"] = importance.Average();
        figures["fisherMax"] = importance.Max();
    }

    public void Save(CheckpointWriter writer)
    {
        writer.Counter("ewc.consolidated", _consolidated ? 1 : 0);
        writer.Array("ewc.importance", _importance);
        writer.Array("ewc.anchor", _anchor);
    }

    public void Load(CheckpointReader reader)
    {
        _consolidated = reader.Counter("ewc.consolidated", 0, 1) == 1;
        reader.Tensor("ewc.importance", _importance);
        reader.Tensor("ewc.anchor", _anchor);
    }

    public void Dispose()
    {
        _importance.Dispose();
        _anchor.Dispose();
        _pull.Dispose();
    }

    // mean over samples of the squared gradient of each one's own log-likelihood, running statistics as at test time
    private double[] Fisher(in TaskContext task, ITaskSamples samples)
    {
        var chosen = new int[Math.Min(options.Samples, samples.Count)];
        RandomCursor random = task.Random("fisher samples"), labels = task.Random("fisher labels");
        random.Sample(chosen, samples.Count);
        var fisher = new double[_pull.Count];
        foreach (int index in chosen)
        {
            step.DifferentiateSample(samples, index, task.Index, options.Labels == FisherLabels.Model, ref labels, _pull);
            float[] gradient = _pull.ToArray();
            for (int i = 0; i < gradient.Length; i++)
                fisher[i] += (double)gradient[i] * gradient[i];
        }

        for (int i = 0; i < fisher.Length; i++)
            fisher[i] /= chosen.Length;
        return fisher;
    }

    private static void Write(float[] values, in Tensor to) => to.Device.Upload<float>(values, to.View.Buffer, to.Layout.Offset);
}
