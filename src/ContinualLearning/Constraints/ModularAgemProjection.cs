using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// A-GEM's rule in each of M equal, disjoint slices of the flat vector (p-A-mGEM, the single-reference case of p-mGEM, arXiv 2410.00868): finer
/// constraints, a smaller feasible set. Only slices that conflict are changed.
/// </summary>
/// <param name="modules">Number of slices M; slice i is [i·p/M, (i+1)·p/M).</param>
public sealed class ModularAgemProjection(int modules) : IGradientConstraint
{
    /// <inheritdoc/>
    public long Checks { get; private set; }

    /// <inheritdoc/>
    public long Projections { get; private set; }

    /// <inheritdoc/>
    public bool Apply(in Tensor gradient, in Tensor reference)
    {
        Checks++;
        Kernels.View g = gradient.View, r = reference.View;
        bool projected = false;
        for (int i = 0; i < modules; i++)
        {
            int start = (int)((long)i * g.Count / modules), end = (int)((i + 1L) * g.Count / modules);
            ProjectionStatus status = gradient.Device.Project(g.Range(start, end - start), r.Range(start, end - start));
            projected |= AgemProjection.Require(status) == ProjectionOutcome.Projected;
        }

        if (projected)
            Projections++;
        return projected;
    }

    /// <inheritdoc/>
    public void Restore(long checks, long projections) => (Checks, Projections) = (checks, projections);
}
