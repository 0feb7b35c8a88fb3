using BenchmarkDotNet.Attributes;
using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Folds; the reference twin, System.Numerics.Tensors.</summary>
public class FoldBenchmarks : FamilyBenchmarks
{
    private Action _reference = () => { }, _tensors = () => { };

    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new FoldFamily();

    /// <summary>The double-precision twin.</summary>
    [Benchmark]
    public void Reference() => _reference();

    /// <summary>TensorPrimitives.</summary>
    [Benchmark]
    public void Tensors() => _tensors();

    /// <inheritdoc/>
    protected override void Joined() => (_reference, _tensors) = (Find("reference"), Find("TensorPrimitives"));
}
