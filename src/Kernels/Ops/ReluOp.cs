using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = max(x, 0), NaN where x is NaN; y′ = 1 where y is positive, else 0 (also at x = 0).</summary>
public readonly record struct ReluOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Output;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => T.MaxNative(T.Splat(0f), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.SelectGreater(y, T.Splat(0f), T.Splat(1f), T.Splat(0f));
}
