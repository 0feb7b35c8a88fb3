namespace Engram.Results;

/// <summary>One workload at one thread count, verified and timed.</summary>
public sealed record BenchRow
{
    /// <summary>Name of the workload: <c>gemm/square-512</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Threads it ran on.</summary>
    public required int Threads { get; init; }

    /// <summary>The device it ran on; absent for the CPU.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }

    /// <summary>Median time of one call, in milliseconds.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>10⁹ float operations a second; a multiply-add counts as two.</summary>
    public required double Gflops { get; init; }

    /// <summary>10⁹ bytes a second, every operand counted once.</summary>
    public required double Gbps { get; init; }

    /// <summary>Float operations per byte.</summary>
    public required double Intensity { get; init; }

    /// <summary>The least time that the measured roof allows, divided by the time taken; near one means that the machine can do no more.</summary>
    public required double RoofShare { get; init; }

    /// <summary>Interquartile range of the samples, divided by their median: a change below it says nothing.</summary>
    public required double Noise { get; init; }

    /// <summary>Samples that the median is of.</summary>
    public required int Samples { get; init; }

    /// <summary>Calls per sample.</summary>
    public required int Repeats { get; init; }

    /// <summary>Bytes that one call takes from the managed heap on the calling thread; 0 in documents that did not count them.</summary>
    public double AllocatedBytes { get; init; }

    /// <summary>Others that did the same work by turns with ours.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<BenchPeer> Peers { get; init => field = value ?? []; } = [];

    /// <summary>Slower forms of the same kernel: its reference twin, the naive loop.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<BenchPeer> Rungs { get; init => field = value ?? []; } = [];

    /// <summary>Our time divided by that of the fastest peer; <c>null</c> without peers.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double? RatioToFastest => Peers.Count == 0 ? null : Peers.Max(peer => peer.Ratio);

    /// <summary>The part of the name that groups workloads: <c>gemm/square</c> of <c>gemm/square-512</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Group => Name.IndexOf('-', Math.Max(0, Name.IndexOf('/'))) is > 0 and var dash ? Name[..dash] : Name;
}
