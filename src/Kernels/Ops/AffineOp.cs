using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = factor·x + addend, with one rounding.</summary>
/// <param name="Factor">The factor.</param>
/// <param name="Addend">What is added to the product.</param>
public readonly record struct AffineOp(float Factor, float Addend) : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.None;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => T.FusedMultiplyAdd(T.Splat(Factor), x, T.Splat(Addend));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.Splat(Factor);
}
