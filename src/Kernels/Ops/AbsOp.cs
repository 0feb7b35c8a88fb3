using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = |x|; y′ = sign(x), 0 at 0.</summary>
public readonly record struct AbsOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => T.Abs(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.SelectEqual(x, T.Splat(0f), T.Splat(0f), T.SelectNaN(x, x, T.CopySign(T.Splat(1f), x)));
}
