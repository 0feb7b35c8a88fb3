using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Whole training steps.</summary>
public class StepBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new StepFamily();
}
