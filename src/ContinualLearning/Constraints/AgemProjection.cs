using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// If ⟨g, r⟩ &lt; 0 then g ← g − (⟨g, r⟩/⟨r, r⟩)·r, over the whole flat vector (arXiv 1812.00420, equation 11). Testing and projecting each
/// layer on its own would be another method: <see cref="ModularAgemProjection"/>.
/// </summary>
public sealed class AgemProjection : IGradientConstraint
{
    /// <inheritdoc/>
    public long Checks { get; private set; }

    /// <inheritdoc/>
    public long Projections { get; private set; }

    /// <inheritdoc/>
    public bool Apply(in Tensor gradient, in Tensor reference)
    {
        Checks++;
        ProjectionStatus status = gradient.Device.Project(gradient.View, reference.View);
        bool projected = Require(status) == ProjectionOutcome.Projected;
        if (projected)
            Projections++;
        return projected;
    }

    /// <inheritdoc/>
    public void Restore(long checks, long projections) => (Checks, Projections) = (checks, projections);

    internal static ProjectionOutcome Require(in ProjectionStatus status) => status.Outcome switch
    {
        ProjectionOutcome.GradientNotFinite or ProjectionOutcome.ReferenceNotFinite => throw new DivergenceException(
            $"gradient constraint: the {(status.Outcome == ProjectionOutcome.GradientNotFinite ? "gradient" : "reference gradient")} holds NaN or infinity; " +
            "the parameters have diverged. Lower optimizer.learningRate."),
        _ => status.Outcome,
    };
}
