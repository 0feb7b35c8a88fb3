using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = x where x is positive, else slope·x; y′ = 1 where x is positive, else slope (also at x = 0).</summary>
/// <param name="Slope">The factor on the negative side.</param>
public readonly record struct LeakyReluOp(float Slope) : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => T.SelectGreater(x, T.Splat(0f), x, T.Splat(Slope) * x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.SelectGreater(x, T.Splat(0f), T.Splat(1f), T.Splat(Slope));
}
