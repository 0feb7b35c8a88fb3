using Engram.Data;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>What a <see cref="Learner"/> is made of.</summary>
public sealed record LearnerOptions
{
    /// <summary>The network.</summary>
    public required Model Model { get; init; }

    /// <summary>How parameters move along a gradient.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdOptions();

    /// <summary>How forgetting is fought.</summary>
    public StrategyOptions Strategy { get; init; } = new FineTuneOptions();

    /// <summary>Same seed, same data, same numbers.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where to compute; the CPU with one thread when omitted. It stays the caller's.</summary>
    public Device? Device { get; init; }

    /// <summary>Which outputs take part in the loss.</summary>
    public HeadPolicy Head { get; init; }

    /// <summary>Outputs of one task with <see cref="HeadPolicy.MultiHead"/>; the model has tasks × this many. Other policies do not use it.</summary>
    public int OutputsPerTask { get; init; }

    /// <summary>How the network sees inputs; as they are for null. Batches, memories and generators keep pixels in [0, 1].</summary>
    public Normalization? Normalization { get; init; }

    /// <summary>Random changes of the rows that a step trains on, current and replayed ones, before they are normalized; none for null. Evaluation knows none.</summary>
    public AugmentationOptions? Augmentation { get; init; }

    /// <summary>Search every batch for NaN and infinity (about a microsecond per 10,000 features). Labels are always checked.</summary>
    public bool CheckInputs { get; init; } = true;

    /// <summary>What is wrong with the settings, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (string problem in Optimizer.Problems())
            yield return problem;
        foreach (string problem in Strategy.Problems())
            yield return problem;
        if (Device is { IsHostMemory: false } && Strategy.SavedTensors == SavedTensorsKind.Half)
            yield return $"strategy.savedTensors \"half\" packs activations in host memory, which {Device.Name} does not have; use \"exact\", or the CPU";
        if (!Enum.IsDefined(Head))
            yield return $"head must be \"shared\", \"masked\" or \"multi-head\", got {(int)Head}";
        if (Head == HeadPolicy.MultiHead && Strategy is ErAceOptions)
            yield return "strategy \"er-ace\" hides classes from each other: it needs the head \"shared\" or \"masked\", not \"multi-head\"";
        if (Head == HeadPolicy.MultiHead && Strategy is RetrievalOptions { Loss: ReplayLoss.ProxyContrastive })
            yield return "strategy.loss \"proxy-contrastive\" contrasts the classes of a batch with each other: it needs the head \"shared\" or \"masked\", not \"multi-head\"";
        if (Head == HeadPolicy.MultiHead && Strategy is RetrievalOptions { Loss: ReplayLoss.SupervisedContrastive })
            yield return "strategy.loss \"supervised-contrastive\" tells classes apart by their labels in the stream: it needs the head \"shared\" or \"masked\", not \"multi-head\"";
        if (Head == HeadPolicy.MultiHead && Strategy is RetrievalOptions { Distillation.Lwf: > 0 })
            yield return "strategy.distillation.lwf compares probabilities of all classes seen: it needs the head \"shared\" or \"masked\", not \"multi-head\"";
        foreach (string problem in Normalization?.Problems(Model.InputShape.Channels) ?? [])
            yield return problem;
        foreach (string problem in Augmentation?.Problems() ?? [])
            yield return "augmentation." + problem;
        if (Augmentation is null or { IsIdentity: true } && Strategy is RetrievalOptions { SecondView: true })
            yield return "strategy.secondView needs training.augment: without it both views would be the same";
        if (Augmentation is { MovesPixels: true } && Model.InputShape.Height == 1)
            yield return $"augmentation: crops and flips need images, the model's input is {Model.InputShape}; give the model its input shape";
        if (Head == HeadPolicy.MultiHead && (OutputsPerTask < 1 || Model.Outputs % OutputsPerTask != 0))
            yield return $"outputsPerTask must divide the model's {Model.Outputs} outputs into one head per task, got {OutputsPerTask}";
    }
}
