namespace Engram.Autograd;

/// <summary>How finely <see cref="GradientCheck"/> looks.</summary>
public sealed record GradientCheckOptions
{
    /// <summary>Step of the differences, relative to max(1, |x|). The rule is of fourth order, so that a step this large pays in single precision.</summary>
    public float Step { get; init; } = 1f / 32;

    /// <summary>Largest allowed |analytic − numeric| / max(1, |analytic|, |numeric|).</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>At most this many elements of each input are checked, spread evenly.</summary>
    public int ElementsPerInput { get; init; } = 64;

    /// <summary>Seed of the random direction that the output is projected on.</summary>
    public ulong Seed { get; init; } = 1;
}
