using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>A-GEM's projection.</summary>
public class ProjectionBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new ProjectionFamily();
}
