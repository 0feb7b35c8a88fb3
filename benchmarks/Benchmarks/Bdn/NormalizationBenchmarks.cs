using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Batch and layer normalization.</summary>
public class NormalizationBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new NormalizationFamily();
}
