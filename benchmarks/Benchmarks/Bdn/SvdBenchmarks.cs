using Engram.Benchmarking.Families;

namespace Engram.Benchmarks.Bdn;

/// <summary>Truncated decompositions, generator fits, QR, eigenproblems.</summary>
public class SvdBenchmarks : FamilyBenchmarks
{
    /// <inheritdoc/>
    protected override IWorkloadFamily Family => new SvdFamily();
}
