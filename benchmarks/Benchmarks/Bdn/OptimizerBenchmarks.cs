using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>SGD, momentum, Adam.</summary>
public class OptimizerBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new OptimizerFamily();
}
