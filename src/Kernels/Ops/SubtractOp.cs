using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = a − b.</summary>
public readonly record struct SubtractOp : IDifferentiableBinaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.None;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T a, T b) where T : struct, ILane<T> => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeA<T>(T a, T b, T y) where T : struct, ILane<T> => T.Splat(1f);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeB<T>(T a, T b, T y) where T : struct, ILane<T> => T.Splat(-1f);
}
