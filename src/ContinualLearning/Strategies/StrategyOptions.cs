using System.Text.Json.Serialization;
using Engram.Autograd;

namespace Engram.ContinualLearning;

/// <summary>Which strategy, and its parts: JSON <c>{"kind": "er", "replay": {"kind": "buffer", "storage": "reservoir", "capacity": 500}}</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FineTuneOptions), "finetune")]
[JsonDerivedType(typeof(JointOptions), "joint")]
[JsonDerivedType(typeof(ErOptions), "er")]
[JsonDerivedType(typeof(AGemOptions), "agem")]
[JsonDerivedType(typeof(SGemOptions), "s-gem")]
[JsonDerivedType(typeof(GemOptions), "gem")]
[JsonDerivedType(typeof(MGemOptions), "mgem")]
[JsonDerivedType(typeof(ReplaySumOptions), "replay-sum")]
[JsonDerivedType(typeof(MirOptions), "mir")]
[JsonDerivedType(typeof(ImirOptions), "imir")]
[JsonDerivedType(typeof(BalancedRetrievalOptions), "balanced-retrieval")]
[JsonDerivedType(typeof(PcrOptions), "pcr")]
[JsonDerivedType(typeof(ErAceOptions), "er-ace")]
[JsonDerivedType(typeof(DerOptions), "der++")]
[JsonDerivedType(typeof(EwcOptions), "ewc")]
[JsonDerivedType(typeof(SeparateOptions), "separate")]
public abstract record StrategyOptions
{
    /// <summary>How tensors are kept between forward and backward.</summary>
    public SavedTensorsKind SavedTensors { get; set; }

    /// <summary>Pack the network task by task while this strategy trains it; not for null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PackNetOptions? Expansion { get; set; }

    /// <summary>True when the stream must offer the samples of all tasks at once.</summary>
    [JsonIgnore]
    public virtual bool NeedsAllTasks => false;

    /// <summary>True when a step reads every past task, so that its time grows with their number.</summary>
    [JsonIgnore]
    public virtual bool ReadsAllTasks => false;

    /// <summary>The memory's options, or null for a strategy that keeps none.</summary>
    [JsonIgnore]
    public virtual ReplaySourceOptions? Memory => null;

    /// <summary>What is wrong with the settings, one sentence each, naming the JSON key; empty when nothing is.</summary>
    public virtual IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(SavedTensors))
            yield return $"strategy.savedTensors must be \"exact\" or \"half\", got {(int)SavedTensors}";
        foreach (string problem in Expansion?.Problems() ?? [])
            yield return problem;
        if (Expansion is not null && this is SeparateOptions or JointOptions)
            yield return "strategy.expansion packs one network task by task: it does not go with \"separate\" or \"joint\"";
        if (Expansion is { Test: PackNetTest.Own } && this is RetrievalOptions { Loss: ReplayLoss.SupervisedContrastive })
            yield return "strategy.expansion.test \"own\" tests by the head, which the loss \"supervised-contrastive\" leaves alone; use \"whole\"";
    }

    /// <summary>A strategy with these settings.</summary>
    /// <param name="step">The learner's vectors; constraints may take their own from its device.</param>
    public abstract IStrategy Create(TrainingStep step);

    /// <summary>The strategy, in a network that is packed where that is wanted.</summary>
    internal IStrategy CreateWhole(TrainingStep step) => Expansion is { } expansion ? new PackNet(Create(step), expansion, step) : Create(step);

    internal ISavedTensors CreateSavedTensors() => SavedTensors == SavedTensorsKind.Half ? new HalfSavedTensors() : new SavedTensors();

    internal static IEnumerable<string> ReplayBatchProblems(int? replayBatch)
    {
        if (replayBatch is < 1)
            yield return $"strategy.replayBatch must be 1 or more (leave it out for the size of the current batch), got {replayBatch}";
    }
}
