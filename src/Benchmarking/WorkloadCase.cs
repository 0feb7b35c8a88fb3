namespace Engram.Benchmarking;

/// <summary>A workload that can be made on any device.</summary>
/// <param name="Name"><c>family/group-shape</c>, lower case: <c>gemm/square-512</c>. What stands before the first dash is its group.</param>
/// <param name="Create">Allocates the operands in a workspace and says what is called.</param>
/// <param name="Quick">Whether the short form of the suite has it too.</param>
public sealed record WorkloadCase(string Name, Func<Workspace, Workload> Create, bool Quick = false)
{
    /// <summary>Whether it times code of the host that no other device runs.</summary>
    public bool HostOnly { get; init; }

    /// <summary>Whether it takes minutes: it runs only where a filter is its full name.</summary>
    public bool OnDemand { get; init; }
}
