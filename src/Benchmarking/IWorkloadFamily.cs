namespace Engram.Benchmarking;

/// <summary>Workloads of one kernel family, by name; nothing is allocated before a case is created on a device.</summary>
public interface IWorkloadFamily
{
    /// <summary>First part of its workloads' names: <c>gemm</c>.</summary>
    string Name { get; }

    /// <summary>What is timed, in one sentence.</summary>
    string Description { get; }

    /// <summary>The cases, in the order in which they run.</summary>
    IEnumerable<WorkloadCase> Cases();
}
