namespace Engram.Kernels.LinearAlgebra;

/// <summary>The numbers behind one gradient projection.</summary>
/// <param name="Outcome">What was done, and why.</param>
/// <param name="Dot">⟨g, r⟩ before the projection.</param>
/// <param name="ReferenceNormSquared">⟨r, r⟩.</param>
/// <param name="GradientNormSquared">⟨g, g⟩ before the projection.</param>
/// <param name="Coefficient">The factor c of z = g − c·r; 0 when nothing was done.</param>
public readonly record struct ProjectionStatus(
    ProjectionOutcome Outcome, double Dot, double ReferenceNormSquared, double GradientNormSquared, double Coefficient)
{
    /// <summary>Whether the gradient was changed.</summary>
    public bool Projected => Outcome == ProjectionOutcome.Projected;
}
