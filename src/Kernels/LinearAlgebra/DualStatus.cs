namespace Engram.Kernels.LinearAlgebra;

/// <summary>How good the multipliers of a gradient projection are. Rows are taken at length 1 and g at σ = max(‖g‖, largest |b_i|/‖ĝ_i‖), so that no figure has a scale.</summary>
/// <param name="Outcome">How the solve ended.</param>
/// <param name="Iterations">Changes of the active set, or sweeps.</param>
/// <param name="Residual">max_i |min(u_i, w_i)| with w = K·v + b, the inner products after the step: 0 at the solution. NaN when only the diagonal of K was given.</param>
/// <param name="Violation">max_i (−w_i), at least 0: the worst constraint after the step. NaN when only the diagonal was given.</param>
/// <param name="Gap">
/// u·(w + δ) with δ_i = max(0, −w_i): the duality gap. With z = g + Gᵀv, ½‖z − z'‖² ≤ gap·σ², z' being the projection onto the constraints
/// relaxed by δ; NaN when only the diagonal was given.
/// </param>
/// <param name="Ridge">Relative ridge that an ill-conditioned matrix needed on the way (its bias is iterated away); 0 when none did.</param>
/// <param name="Active">Multipliers above their lower bound.</param>
public readonly record struct DualStatus(DualOutcome Outcome, int Iterations, double Residual, double Violation, double Gap, double Ridge, int Active);
