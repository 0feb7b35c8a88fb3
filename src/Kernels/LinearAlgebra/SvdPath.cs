namespace Engram.Kernels.LinearAlgebra;

/// <summary>Ways to a (truncated) singular value decomposition.</summary>
public enum SvdPath
{
    /// <summary>Chosen from the shape and the rank.</summary>
    Auto,

    /// <summary>Randomized range finder with power iterations.</summary>
    Sketch,

    /// <summary>Exact: eigendecomposition of the smaller of AᵀA and AAᵀ, accumulated in double precision.</summary>
    Gram,

    /// <summary>One-sided Jacobi rotations.</summary>
    Jacobi,
}
