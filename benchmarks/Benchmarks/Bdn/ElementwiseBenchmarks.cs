using BenchmarkDotNet.Attributes;
using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Maps and zips; System.Numerics.Tensors.</summary>
public class ElementwiseBenchmarks : FamilyBenchmarks
{
    private Action _naive = () => { }, _tensors = () => { };

    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new ElementwiseFamily();

    /// <summary>One number at a time.</summary>
    [Benchmark]
    public void Naive() => _naive();

    /// <summary>TensorPrimitives.</summary>
    [Benchmark]
    public void Tensors() => _tensors();

    /// <inheritdoc/>
    protected override void Joined() => (_naive, _tensors) = (Find("naive"), Find("TensorPrimitives"));
}
