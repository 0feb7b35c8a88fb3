using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>What strategies share that draw candidates from a memory, score them against the incoming batch and replay a few of them.</summary>
public abstract record RetrievalOptions : StrategyOptions
{
    /// <summary>Where past samples come from; generators are asked for as many candidates as a buffer.</summary>
    public ReplaySourceOptions Replay { get; set; } = new BufferOptions();

    /// <summary>Samples drawn from the memory and scored, a step; all that are stored when there are no more.</summary>
    public int Candidates { get; set; } = 50;

    /// <summary>How a candidate's loss change is found.</summary>
    public LossChangeMethod Scoring { get; set; }

    /// <summary>What makes a candidate conflict.</summary>
    public ConflictCriterion Criterion { get; set; }

    /// <summary>Which of several equal candidates is taken.</summary>
    public TieBreak Ties { get; set; }

    /// <summary>What the joint step minimizes.</summary>
    public ReplayLoss Loss { get; set; }

    /// <summary>Temperature τ of the supervised contrastive loss; 0.09 when omitted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; set; }

    /// <summary>Which classes a candidate's loss tells apart, with a loss that looks at the classes of a batch.</summary>
    public ContrastSet ContrastSet { get; set; }

    /// <summary>Leave samples of the running task alone, as MIR's first code did.</summary>
    public bool FinishedTasksOnly { get; set; }

    /// <summary>
    /// Train two views of every row, as it is and changed by <c>training.augment</c>, as PCR does; candidates are scored as they are. Otherwise the one view
    /// that there is is the changed one.
    /// </summary>
    public bool SecondView { get; set; }

    /// <summary>Hold the network to what it said before, too; nothing for null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DistillationOptions? Distillation { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ReplaySourceOptions? Memory => Replay;

    /// <summary>How many of which candidates a step of a batch of that size replays.</summary>
    internal abstract RetrievalMix Mix(int batch);

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in (IEnumerable<string>)[.. base.Problems(), .. Replay.Problems("strategy.replay")])
            yield return problem;
        if (Candidates < 1)
            yield return $"strategy.candidates must be 1 or more, got {Candidates}";
        if (!Enum.IsDefined(Scoring))
            yield return $"strategy.scoring must be \"taylor\", \"last-layer\", \"virtual-step\" or \"per-sample\", got {(int)Scoring}";
        if (!Enum.IsDefined(Criterion))
            yield return $"strategy.criterion must be \"loss-change\", \"cosine\" or \"squared-difference\", got {(int)Criterion}";
        else if (Criterion != ConflictCriterion.LossChange && Scoring != LossChangeMethod.PerSample)
            yield return "strategy.criterion other than \"loss-change\" needs the norm of every sample's gradient: set strategy.scoring to \"per-sample\"";
        if (!Enum.IsDefined(Ties))
            yield return $"strategy.ties must be \"index\" or \"class-balanced\", got {(int)Ties}";
        if (!Enum.IsDefined(Loss))
            yield return $"strategy.loss must be \"cross-entropy\", \"proxy-contrastive\" or \"supervised-contrastive\", got {(int)Loss}";
        if (Loss == ReplayLoss.SupervisedContrastive && Scoring is not (LossChangeMethod.Taylor or LossChangeMethod.VirtualStep))
            yield return "strategy.loss \"supervised-contrastive\" is a loss between samples on the head's inputs: set strategy.scoring to \"taylor\" or \"virtual-step\"";
        if (Temperature is { } temperature && !(temperature is > 0 and <= 1e3))
            yield return $"strategy.temperature must be above 0 and at most 1000, got {Temperature}";
        if (Temperature is not null && Loss != ReplayLoss.SupervisedContrastive)
            yield return "strategy.temperature belongs to the loss \"supervised-contrastive\"; the cosine head has its own, model.cosineHead.temperature";
        foreach (string problem in Distillation?.Problems() ?? [])
            yield return problem;
        if (Distillation is not null && Loss == ReplayLoss.SupervisedContrastive)
            yield return "strategy.distillation is about logits, which the loss \"supervised-contrastive\" leaves alone; use another loss";
        if (Distillation is { Logits: > 0 } && Replay is not BufferOptions { Storage: not BufferStorage.TaskEnd })
            yield return "strategy.replay must be a \"buffer\" with storage \"reservoir\", \"ring\" or \"task-ring\" for strategy.distillation.logits: logits are kept when a sample passes in the stream";
        if (!Enum.IsDefined(ContrastSet))
            yield return $"strategy.contrastSet must be \"batch-union-label\" or \"all-seen\", got {(int)ContrastSet}";
    }

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step)
    {
        if (SecondView)
            step.UsePairs();
        if (Loss == ReplayLoss.SupervisedContrastive)
            step.UseContrast(Temperature ?? 0.09);
        if (Distillation is null)
            return new RetrievalReplay(Replay.Create(step.Model.Inputs, step.Device), this, step, null);
        ReplayBuffer? kept = Distillation.Logits > 0 ? ((BufferOptions)Replay).Create(step.Model.Inputs, step.Model.Outputs) : null;
        return new RetrievalReplay(kept ?? Replay.Create(step.Model.Inputs, step.Device), this, step, new Distillation(Distillation, step, kept));
    }
}
