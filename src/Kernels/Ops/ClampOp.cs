using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = x held within [minimum, maximum], NaN where x is NaN; y′ = 1 inside and on the bounds, else 0.</summary>
/// <param name="Minimum">The smallest value let through.</param>
/// <param name="Maximum">The largest value let through.</param>
public readonly record struct ClampOp(float Minimum, float Maximum) : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => T.MinNative(T.Splat(Maximum), T.MaxNative(T.Splat(Minimum), x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T>
    {
        var zero = T.Splat(0f);
        var fromBelow = T.SelectGreaterOrEqual(x, T.Splat(Minimum), T.Splat(1f), zero);
        return T.SelectGreaterOrEqual(T.Splat(Maximum), x, fromBelow, zero);
    }
}
