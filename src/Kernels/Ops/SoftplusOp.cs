using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = ln(1 + eˣ); y′ = 1/(1 + e⁻ˣ).</summary>
public readonly record struct SoftplusOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static bool IsLong => true;

    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T>
    {
        // max(x, 0) + ln(1 + e^−|x|): no overflow, and the small tail is kept
        var positive = T.MaxNative(T.Splat(0f), x);
        return positive + LaneMath.LogOnePlus(LaneMath.Exp(-T.Abs(x)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => LaneMath.Sigmoid(x);
}
