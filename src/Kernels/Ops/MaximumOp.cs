using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = the larger of a and b, NaN if either is; a tie gives each side half, as in PyTorch.</summary>
public readonly record struct MaximumOp : IDifferentiableBinaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T a, T b) where T : struct, ILane<T> => T.Max(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeA<T>(T a, T b, T y) where T : struct, ILane<T> => T.SelectEqual(a, b, T.Splat(0.5f), T.SelectGreater(a, b, T.Splat(1f), T.Splat(0f)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeB<T>(T a, T b, T y) where T : struct, ILane<T> => T.SelectEqual(a, b, T.Splat(0.5f), T.SelectGreater(b, a, T.Splat(1f), T.Splat(0f)));
}
