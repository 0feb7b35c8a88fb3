using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Pooling, softmax, backward passes of activations, transposing copies.</summary>
public class UnitBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new UnitFamily();
}
