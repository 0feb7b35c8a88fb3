using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// y = a/(1 − probability) where b ≥ probability, else 0: dropout of a (Srivastava et al., 2014) with b uniform in [0, 1). Linear in a, so that
/// its own gradient is the same map of the gradient.
/// </summary>
/// <param name="Probability">Share of elements that become 0, in [0, 1].</param>
public readonly record struct DropoutOp(float Probability) : IDifferentiableBinaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T a, T b) where T : struct, ILane<T> => T.SelectGreaterOrEqual(b, T.Splat(Probability), a * T.Splat(Scale), T.Splat(0f));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeA<T>(T a, T b, T y) where T : struct, ILane<T> =>
        T.SelectGreaterOrEqual(b, T.Splat(Probability), T.Splat(Scale), T.Splat(0f));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DerivativeB<T>(T a, T b, T y) where T : struct, ILane<T> => T.Splat(0f);

    private float Scale => 1f / (1f - Probability);
}
