using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Loss-change scores of memories.</summary>
public class ScoringBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new ScoringFamily();
}
