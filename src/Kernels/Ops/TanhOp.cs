using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = tanh x; y′ = 1 − y².</summary>
public readonly record struct TanhOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Output;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => LaneMath.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.FusedMultiplyAdd(-y, y, T.Splat(1f));
}
