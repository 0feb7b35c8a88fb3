using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = factor·x.</summary>
/// <param name="Factor">The factor.</param>
public readonly record struct ScaleOp(float Factor) : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.None;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => T.Splat(Factor) * x;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.Splat(Factor);
}
