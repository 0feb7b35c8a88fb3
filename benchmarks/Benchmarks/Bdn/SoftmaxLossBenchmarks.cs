using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Softmax with cross-entropy and its gradient.</summary>
public class SoftmaxLossBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new SoftmaxLossFamily();
}
