using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Forward and backward through whole networks.</summary>
public class NetworkBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new NetworkFamily();
}
