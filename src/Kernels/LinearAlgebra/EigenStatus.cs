namespace Engram.Kernels.LinearAlgebra;

/// <summary>How a symmetric eigendecomposition ended.</summary>
/// <param name="Converged">Whether every off-diagonal entry fell below the rounding level of the matrix before the iteration cap.</param>
/// <param name="Iterations">QL sweeps (or Jacobi sweeps) done.</param>
/// <param name="Residual">Largest off-diagonal entry left, relative to the largest eigenvalue's magnitude; 0 when the iteration deflated
/// everything.</param>
public readonly record struct EigenStatus(bool Converged, int Iterations, double Residual);
