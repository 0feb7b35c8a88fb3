namespace Engram.Kernels.LinearAlgebra;

/// <summary>How a singular value decomposition ended.</summary>
/// <param name="EffectiveRank">Components that were kept; the rest of the outputs is zero.</param>
/// <param name="Iterations">Jacobi sweeps, power iterations or blocks of a Krylov space, or 0 for the Gram path.</param>
/// <param name="Converged">Whether the stopping rule of the method held before its cap.</param>
/// <param name="Residual">
/// Jacobi: largest cosine between two columns that is left. Truncated SVD: ‖A − U S Vᵀ‖_F / ‖A‖_F from the identity
/// ‖A‖² − Σ σ_i², which ‖A − U Uᵀ A‖_F / ‖A‖_F does not exceed; cancellation and float32 rounding hide residuals below about 1e-3.
/// </param>
/// <param name="Path">The path that was taken.</param>
public readonly record struct SvdStatus(int EffectiveRank, int Iterations, bool Converged, double Residual, SvdPath Path);
