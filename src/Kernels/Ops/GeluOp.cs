using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = x·Φ(x) = x/2·(1 + erf(x/√2)), the exact Gaussian error linear unit (Hendrycks and Gimpel, 2016); y′ = Φ(x) + x·φ(x).</summary>
public readonly record struct GeluOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static bool IsLong => true;

    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T>
    {
        // below −16 the result is 0 in single precision, and −∞·0 must not make a NaN of it
        return T.MaxNative(T.Splat(-16f), x) * LaneMath.NormalCumulative(x);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => LaneMath.NormalCumulativeSlope(x);
}
