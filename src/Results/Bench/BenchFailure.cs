namespace Engram.Results;

/// <summary>A workload that has no number: its kernel, or a peer, computed something else than the reference twin, or threw.</summary>
public sealed record BenchFailure
{
    /// <summary>Name of the workload.</summary>
    public required string Name { get; init; }

    /// <summary>Threads it ran on.</summary>
    public required int Threads { get; init; }

    /// <summary>What was wrong, and by how much.</summary>
    public required string Message { get; init; }
}
