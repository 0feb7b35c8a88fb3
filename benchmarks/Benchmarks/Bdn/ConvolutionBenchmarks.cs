using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>The convolutions of ResNet-18.</summary>
public class ConvolutionBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new ConvolutionFamily();
}
