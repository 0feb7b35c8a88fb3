namespace Engram.Kernels.LinearAlgebra;

/// <summary>How a solve ended.</summary>
public enum DualOutcome
{
    /// <summary>The residual is within the tolerance.</summary>
    Converged,

    /// <summary>The method promises no tolerance, or reached its limit of iterations; the residual says how far it came.</summary>
    Approximate,

    /// <summary>The margins contradict each other; the answer is that of the same problem without them.</summary>
    MarginDropped,

    /// <summary>The Gram matrix or the inner products hold NaN or infinity; all multipliers are zero.</summary>
    NotFinite,
}
