using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = 1/(1 + e⁻ˣ); y′ = y(1 − y).</summary>
public readonly record struct SigmoidOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Output;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => LaneMath.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => y * (T.Splat(1f) - y);
}
