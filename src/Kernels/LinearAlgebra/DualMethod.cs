using System.Text.Json.Serialization;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>How <see cref="DualSolver"/> finds the multipliers of a gradient projection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DualMethod>))]
public enum DualMethod
{
    /// <summary>
    /// Exact: non-negative least squares by active sets (Lawson and Hanson 1974, chapter 23) on a Cholesky factor that grows and shrinks with the set.
    /// </summary>
    [JsonStringEnumMemberName("active-set")]
    ActiveSet,

    /// <summary>Sweeps over the constraints, one multiplier at a time (Hildreth 1957), until the residual is small; needs no factor, takes any singular matrix.</summary>
    [JsonStringEnumMemberName("coordinate-descent")]
    CoordinateDescent,

    /// <summary>One such sweep from zero: every constraint sees the multipliers before it.</summary>
    [JsonStringEnumMemberName("one-sweep")]
    OneSweep,

    /// <summary>
    /// The approximation of mGEM (arXiv 2410.00868) as read here: the Gram matrix taken for diagonal, v_i = max(l_i, −b_i/K_ii). Exact for orthogonal
    /// rows; feasible where all K_ij ≥ 0; may violate constraints elsewhere.
    /// </summary>
    [JsonStringEnumMemberName("diagonal")]
    Diagonal,
}
