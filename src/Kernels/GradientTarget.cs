namespace Engram.Kernels;

/// <summary>Where a kernel puts one of several gradients: nowhere (<c>default</c>), over what a view holds, or added to it.</summary>
/// <param name="view">The place.</param>
/// <param name="accumulate">Add to what the place holds instead of overwriting it.</param>
public readonly struct GradientTarget(in View view, bool accumulate)
{
    /// <summary>The place; meaningful only when <see cref="IsWanted"/>.</summary>
    public readonly View View = view;

    /// <summary>True when the gradient is added to what the place holds.</summary>
    public bool Accumulate { get; } = accumulate;

    /// <summary>False for <c>default</c>: this gradient need not be computed.</summary>
    public bool IsWanted => View.Buffer is not null;
}
