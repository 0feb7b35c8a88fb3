namespace Engram.Kernels.LinearAlgebra;

/// <summary>What a gradient projection did, and why.</summary>
public enum ProjectionOutcome
{
    /// <summary>⟨g, r⟩ ≥ 0: the gradient was left as it was, bit for bit.</summary>
    NoConflict,

    /// <summary>The gradient was replaced by its projection.</summary>
    Projected,

    /// <summary>The reference is numerically zero, ⟨r, r⟩ ≤ τ²: nothing to project on, the gradient was left as it was.</summary>
    ReferenceVanishes,

    /// <summary>The gradient has a NaN or an infinity; it was left as it was.</summary>
    GradientNotFinite,

    /// <summary>The reference has a NaN or an infinity; the gradient was left as it was.</summary>
    ReferenceNotFinite,
}
