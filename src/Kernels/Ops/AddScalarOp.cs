using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>y = x + addend.</summary>
/// <param name="Addend">What is added.</param>
public readonly record struct AddScalarOp(float Addend) : IDifferentiableUnaryOp
{
    /// <inheritdoc/>
    public static DerivativeNeeds Needs => DerivativeNeeds.None;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T> => x + T.Splat(Addend);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Derivative<T>(T x, T y) where T : struct, ILane<T> => T.Splat(1f);
}
