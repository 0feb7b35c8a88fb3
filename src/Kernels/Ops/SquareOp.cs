using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = x²; y′ = 2x.</summary>
public readonly record struct SquareOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => x * x;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => x + x;
}
