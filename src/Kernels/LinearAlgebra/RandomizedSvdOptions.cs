namespace Engram.Kernels.LinearAlgebra;

/// <summary>Parameters of <see cref="RandomizedSvd"/>.</summary>
/// <param name="Rank">Components wanted, at least 1. More than min(rows, columns) is allowed: the surplus comes back as zeros.</param>
public sealed record RandomizedSvdOptions(int Rank)
{
    /// <summary>Extra sketch directions beyond the rank; the sketch is then widened to a multiple of 16, which costs nothing.</summary>
    public int Oversampling { get; init; } = 10;

    /// <summary>Power iterations of the sketch; null iterates until the captured energy settles, at most 8 times.</summary>
    public int? PowerIterations { get; init; }

    /// <summary>Seed of the random sketch. Same seed, same shape: same result, whatever the number of threads.</summary>
    public ulong Seed { get; init; }

    /// <summary>Sketch, Gram, or a choice by shape and rank.</summary>
    public SvdPath Path { get; init; } = SvdPath.Auto;

    /// <summary>
    /// Components with σ_i ≤ tolerance·σ_1 are dropped; null means eps_float·sqrt(max(rows, columns)), the level at which float32
    /// data is its own rounding noise. (The Gram matrix is summed in double, so squaring the condition number costs less than that.)
    /// </summary>
    public double? DropTolerance { get; init; }
}
