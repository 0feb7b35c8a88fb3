namespace Engram.Results;

/// <summary>One run of the benchmark suite: what <c>engram bench --json</c> prints, <c>--against</c> compares and the history keeps.</summary>
public sealed record BenchDocument
{
    /// <summary>Value of <see cref="Kind"/>.</summary>
    public const string DocumentKind = "engram-bench";

    /// <summary>Version that this build writes and the only one it reads; new optional keys keep the number.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Version of the format.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Tells the document from other result files.</summary>
    public required string Kind { get; init; }

    /// <summary>Machine and build; its thread count is the largest of the run.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>Device that ran the workloads.</summary>
    public required string Device { get; init; }

    /// <summary>Micro-kernels of the matrix product in use.</summary>
    public required string GemmRung { get; init; }

    /// <summary>Clock of the samples: <c>wall</c>, or <c>cpu</c> for the calling thread's own time.</summary>
    public required string Clock { get; init; }

    /// <summary>False when the run was stopped before all its workloads were timed.</summary>
    public required bool Complete { get; init; }

    /// <summary>The roofs, one per thread count.</summary>
    public required IReadOnlyList<BenchRoof> Roofs { get; init; }

    /// <summary>The rows, in the order in which they were timed.</summary>
    public required IReadOnlyList<BenchRow> Rows { get; init; }

    /// <summary>Workloads without a number.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<BenchFailure> Failures { get; init => field = value ?? []; } = [];

    /// <summary>Remarks for the reader: peers that are not installed, a busy machine.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<string> Notes { get; init => field = value ?? []; } = [];

    /// <summary>The roof of a thread count; <c>null</c> when it was not measured.</summary>
    /// <param name="threads">Number of threads.</param>
    public BenchRoof? RoofFor(int threads) => Roofs.FirstOrDefault(roof => roof.Threads == threads);
}
