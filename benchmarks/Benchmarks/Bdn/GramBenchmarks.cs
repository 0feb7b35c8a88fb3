using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>GEM's Gram matrix and combination of rows.</summary>
public class GramBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new GramFamily();
}
