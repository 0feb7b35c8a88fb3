using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = ln x; y′ = 1/x.</summary>
public readonly record struct LogOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => LaneMath.Log(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.Splat(1f) / x;
}
