using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = a + factor·b, with one rounding (axpy).</summary>
/// <param name="Factor">The factor on the second operand.</param>
public readonly record struct AddScaledOp(float Factor) : IDifferentiableBinaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.None;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T a, T b) where T : struct, ILane<T> => T.FusedMultiplyAdd(T.Splat(Factor), b, a);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeA<T>(T a, T b, T y) where T : struct, ILane<T> => T.Splat(1f);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeB<T>(T a, T b, T y) where T : struct, ILane<T> => T.Splat(Factor);
}
