namespace Engram.ContinualLearning;

/// <summary>Raw samples in memory.</summary>
public sealed record BufferOptions : ReplaySourceOptions
{
    /// <summary>Which samples are kept.</summary>
    public BufferStorage Storage { get; set; }

    /// <summary>Samples in a reservoir.</summary>
    public int Capacity { get; set; } = 500;

    /// <summary>Samples per class and task in a ring.</summary>
    public int PerClass { get; set; } = 25;

    /// <summary>Samples per task, for task-end and task-ring storage.</summary>
    public TaskQuota PerTask { get; set; } = TaskQuota.ScalarEqual;

    /// <summary>Rank r of the generators that a scalar-equal or byte-equal quota is measured against.</summary>
    public int ReferenceRank { get; set; } = 5;

    /// <summary>Payload of the generators that a byte-equal quota is measured against.</summary>
    public GeneratorPayload ReferencePayload { get; set; }

    /// <summary>How a feature is stored.</summary>
    public SamplePayload Payload { get; set; }

    /// <summary>Which samples are replayed.</summary>
    public BufferRetrieval Retrieval { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at)
    {
        if (!Enum.IsDefined(Storage))
            yield return $"{at}.storage must be \"reservoir\", \"ring\", \"task-end\" or \"task-ring\", got {(int)Storage}";
        if (Capacity < 1)
            yield return $"{at}.capacity must be 1 or more, got {Capacity}";
        if (PerClass < 1)
            yield return $"{at}.perClass must be 1 or more, got {PerClass}";
        if (PerTask.Kind == TaskQuotaKind.Fixed && PerTask.Count < 1)
            yield return $"{at}.perTask must be 1 or more, \"scalar-equal\" or \"byte-equal\", got {PerTask.Count}";
        if (ReferenceRank < 1)
            yield return $"{at}.referenceRank must be 1 or more, got {ReferenceRank}";
        if (!Enum.IsDefined(ReferencePayload))
            yield return $"{at}.referencePayload must be \"float32\", \"float16\" or \"int8\", got {(int)ReferencePayload}";
        if (!Enum.IsDefined(Payload))
            yield return $"{at}.payload must be \"byte\", \"half\" or \"float\", got {(int)Payload}";
        if (!Enum.IsDefined(Retrieval))
            yield return $"{at}.retrieval must be \"uniform\" or \"class-balanced\", got {(int)Retrieval}";
    }

    /// <inheritdoc/>
    public override IReplaySource Create(int features, Kernels.Device device) => Create(features, companions: 0);

    /// <summary>An empty memory that keeps some floats beside every sample.</summary>
    internal ReplayBuffer Create(int features, int companions) => new(
        new SampleStore(features, Payload, companions: companions),
        Storage switch
        {
            BufferStorage.Reservoir => new ReservoirStorage(Capacity),
            BufferStorage.Ring => new RingStorage(PerClass),
            BufferStorage.TaskRing => new TaskRingStorage(this),
            _ => new TaskEndStorage(this),
        },
        Retrieval == BufferRetrieval.Uniform ? new UniformRetrieval() : new ClassBalancedRetrieval());
}
