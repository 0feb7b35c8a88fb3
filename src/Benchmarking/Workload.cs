using Engram.Kernels;

namespace Engram.Benchmarking;

/// <summary>
/// One call that is timed, what it costs at least, and how its result is checked against the double-precision twin. A workload with a wrong
/// result gets no number.
/// </summary>
public sealed record Workload
{
    /// <summary>The call: through the device, as a user makes it. It leaves its result where <see cref="Check"/> looks.</summary>
    public required Action Run { get; init; }

    /// <summary>Compares what the last call left with the reference twin; called before anything is timed, for ours and for every in-process peer.</summary>
    public required Func<Deviation> Check { get; init; }

    /// <summary>Float operations of one call, a multiply-add counted as two.</summary>
    public required double Flops { get; init; }

    /// <summary>Bytes that one call must read at least: every operand once.</summary>
    public required double BytesRead { get; init; }

    /// <summary>Bytes that one call must write at least: every result once.</summary>
    public required double BytesWritten { get; init; }

    /// <summary>Results that are filled with NaN before a call is checked, so that no contender passes on what another one left.</summary>
    public IReadOnlyList<View> Outputs { get; init; } = [];

    /// <summary>Brings operands that a call changes back to their start, before a call is checked and before every sample; not timed.</summary>
    public Action? Reset { get; init; }

    /// <summary>Slow forms of the same kernel: <c>reference</c>, <c>naive</c>; timed only when asked for.</summary>
    public IReadOnlyList<Contender> Rungs { get; init; } = [];

    /// <summary>Other libraries in this process, those that are there; they write into the same <see cref="Outputs"/> and are checked alike.</summary>
    public IReadOnlyList<Contender> Peers { get; init; } = [];

    /// <summary>The same work in Python, as many peers as there are requests; each is timed by its script and checked by nobody.</summary>
    public IReadOnlyList<PythonRequest> Python { get; init; } = [];
}
