using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// y = x/2·(1 + tanh(u)), u = √(2/π)·(x + 0.044715·x³): the tanh approximation of the Gaussian error linear unit (Hendrycks and Gimpel, 2016).
/// </summary>
public readonly record struct GeluTanhOp : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.Input;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T>
    {
        // below −16 the result is 0 in single precision, and −∞·0 must not make a NaN of it
        var half = T.Splat(0.5f) * T.MaxNative(T.Splat(-16f), x);
        return T.FusedMultiplyAdd(half, LaneMath.Tanh(Inner(x)), half);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T>
    {
        // far out the derivative is 0 or 1; the bound keeps x³·0 from making a NaN of it
        var bounded = T.SelectGreater(T.Abs(x), T.Splat(16f), T.CopySign(T.Splat(16f), x), x);
        var tanh = LaneMath.Tanh(Inner(bounded));
        var slope = T.Splat(0.7978846f) * T.FusedMultiplyAdd(T.Splat(0.134145f), bounded * bounded, T.Splat(1f));
        var sech2 = T.FusedMultiplyAdd(-tanh, tanh, T.Splat(1f));
        var half = T.Splat(0.5f);
        return T.FusedMultiplyAdd(half * bounded * sech2, slope, T.FusedMultiplyAdd(half, tanh, half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Inner<T>(T x) where T : struct, ILane<T> =>
        T.Splat(0.7978846f) * x * T.FusedMultiplyAdd(T.Splat(0.044715f), x * x, T.Splat(1f));
}
