namespace Engram.Kernels.LinearAlgebra;

/// <summary>How to solve, and what memory strength means.</summary>
/// <param name="Method">The algorithm.</param>
/// <param name="Form">The meaning of the strengths.</param>
public readonly record struct DualSettings(DualMethod Method, StrengthForm Form = StrengthForm.LowerBound)
{
    /// <summary>Residual (see <see cref="DualStatus"/>) at which a solve ends; 1e-10 for active sets and 1e-9 for coordinate descent when 0.</summary>
    public double Tolerance { get; init; }

    /// <summary>Most sweeps of coordinate descent; 1000 when 0.</summary>
    public int MostSweeps { get; init; }

    /// <summary>
    /// Added to the diagonal of K as it is, in the units of squared gradients; 0 for none. GEM's published code adds 1e-3, which makes the answer depend on the
    /// scale of the gradients: only for reproduction.
    /// </summary>
    public double LegacyRidge { get; init; }

    /// <summary>Start from the multipliers passed in; the answer is the same, sooner.</summary>
    public bool WarmStart { get; init; }

    internal double EffectiveTolerance => Tolerance > 0 ? Tolerance : Method == DualMethod.ActiveSet ? 1e-10 : 1e-9;

    internal int EffectiveSweeps => MostSweeps > 0 ? MostSweeps : 1000;
}
