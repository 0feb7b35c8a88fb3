using System.Text.Json.Serialization;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// Gradient episodic memory (Lopez-Paz and Ranzato 2017, <i>Gradient episodic memory for continual learning</i>, arXiv 1706.08840), with memory strength in
/// the three forms that circulate (see <see cref="StrengthForm"/>). Any replay source can stand behind the references.
/// </summary>
public record GemOptions : StrategyOptions
{
    /// <summary>Where past samples come from.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 256 };

    /// <summary>Rows of each task's memory that a step reads; all that are stored when omitted, and 256 from generators.</summary>
    public int? Memories { get; set; }

    /// <summary>Memory strength γ.</summary>
    public double Strength { get; set; } = 0.5;

    /// <summary>What γ means.</summary>
    public StrengthForm Form { get; set; }

    /// <summary>Whether every past task gets γ, or all together.</summary>
    public StrengthNormalization Normalization { get; set; }

    /// <summary>How γ changes over time.</summary>
    public StrengthSchedule Schedule { get; set; } = new();

    /// <summary>How the multipliers are found.</summary>
    public DualMethod Solver { get; set; }

    /// <summary>How the inner products of gradients are summed: mixed, which sums in double precision where digits matter (see <see cref="GemProjection"/>), or double always.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public GramPrecision Gram { get; set; }

    /// <summary>Added to the diagonal of the Gram matrix, 1e-3 in GEM's published code: only for reproduction, for it makes the answer depend on the scale of the gradients.</summary>
    public double LegacyRidge { get; set; }

    /// <summary>When a step is projected.</summary>
    public ConstraintTrigger Trigger { get; set; }

    /// <summary>
    /// Every so many solves, also solve exactly and record how far the solver's answer is from it (extras <c>approximation…</c>); 0 for never. Costs a whole Gram
    /// matrix each time and changes no step.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int CompareEvery { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsAllTasks => true;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in (IEnumerable<string>)[.. base.Problems(), .. Replay.Problems("strategy.replay"), .. Schedule.Problems("strategy.schedule"), .. StrengthProblems(Memories, Strength, Normalization)])
            yield return problem;
        if (!Enum.IsDefined(Form))
            yield return $"strategy.form must be \"lower-bound\", \"add-to-dual\" or \"margin\", got {(int)Form}";
        if (!Enum.IsDefined(Solver))
            yield return $"strategy.solver must be \"active-set\", \"coordinate-descent\", \"one-sweep\" or \"diagonal\", got {(int)Solver}";
        if (!Enum.IsDefined(Gram))
            yield return $"strategy.gram must be \"mixed\" or \"double\", got {(int)Gram}";
        if (!Enum.IsDefined(Trigger))
            yield return $"strategy.trigger must be \"per-module\", \"any\" or \"always\", got {(int)Trigger}";
        if (CompareEvery < 0)
            yield return $"strategy.compareEvery must be 0 (never) or more solves, got {CompareEvery}";
        if (!(LegacyRidge is >= 0 and <= 1e6))
            yield return $"strategy.legacyRidge must be 0 (none) to 1e6, got {LegacyRidge}";
    }

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => Create(step, ParameterModules.Of(step.Model.Parameters, ParameterPartition.EqualSlices, 1, 0), 1, DataPartition.Random, 0, 1);

    private protected Gem Create(TrainingStep step, ParameterModules modules, int groups, DataPartition partition, ulong seed, double share)
    {
        var constraint = new GemProjection(modules, new DualSettings(Solver, Form) { LegacyRidge = LegacyRidge, WarmStart = true }, Trigger)
        {
            Precision = Gram, CompareEvery = CompareEvery,
        };
        var gradients = new TaskGradients(step.Device, step.Gradient.Count, Memories, groups, partition, seed);
        return new Gem(Replay.Create(step.Model.Inputs, step.Device), gradients, constraint, Strength * share, Normalization, Schedule);
    }

    internal static IEnumerable<string> StrengthProblems(int? memories, double strength, StrengthNormalization normalization)
    {
        if (memories is < 1)
            yield return $"strategy.memories must be 1 or more (leave it out for all that are stored), got {memories}";
        if (!(strength is >= 0 and <= 1e6))
            yield return $"strategy.strength must be 0 to 1e6, got {strength}";
        if (!Enum.IsDefined(normalization))
            yield return $"strategy.normalization must be \"sum\" or \"mean\", got {(int)normalization}";
    }
}

/// <summary>
/// g = ∇ loss(current batch); ĝ_k = ∇ loss(memory of task k) for every finished task; θ ← step(z), z the vector nearest to g with ⟨ĝ_k, z⟩ ≥ 0 for all k,
/// in every module on its own. Then the batch is offered to the memory.
/// </summary>
internal sealed class Gem(
    IReplaySource replay, TaskGradients gradients, GemProjection constraint, double strength, StrengthNormalization normalization, StrengthSchedule schedule) : IStrategy, IDisposable
{
    private double _violationRate = schedule.Target;

    public IReplaySource Replay => replay;

    public IGradientConstraint Constraint => constraint;

    public long WorkBytes => gradients.Bytes;

    public void BeginTask(in TaskContext task) => replay.BeginTask(task);

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch);
        float loss = step.Differentiate(0, current, step.Gradient);
        RandomCursor draw = step.Random("replay");
        int count = gradients.Compute(step, replay, current, ref draw);
        bool projected = false;
        if (count > 0)
        {
            constraint.Strength = strength * schedule.Factor(step.Task, _violationRate) / (normalization == StrengthNormalization.Mean ? step.Task : 1);
            projected = constraint.Apply(step.Gradient, gradients.Rows(count));
            _violationRate = schedule.Observe(_violationRate, constraint.ViolatedShare);
        }

        step.Apply();
        RandomCursor write = step.Random("memory");
        replay.Observe(batch, step.Task, ref write);
        return new StepReport(step.Steps, loss, current, gradients.Replayed, projected);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples) => replay.EndTask(task, samples);

    public void Save(CheckpointWriter writer)
    {
        replay.Save(writer);
        constraint.Save(writer);
        writer.Counter("constraint.violationRate", BitConverter.DoubleToInt64Bits(_violationRate));
    }

    public void Load(CheckpointReader reader)
    {
        replay.Load(reader);
        constraint.Load(reader);
        _violationRate = BitConverter.Int64BitsToDouble(reader.Counter("constraint.violationRate"));
    }

    public void Dispose()
    {
        gradients.Dispose();
        constraint.Dispose();
    }
}
