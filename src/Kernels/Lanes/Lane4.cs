using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels;

/// <summary>Four numbers in a 128-bit vector (SSE, NEON; in software elsewhere).</summary>
public readonly unsafe struct Lane4 : ILane<Lane4>
{
    private readonly Vector128<float> _value;

    /// <summary>A lane holding <paramref name="value"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lane4(Vector128<float> value) => _value = value;

    /// <summary>The vector it holds.</summary>
    public Vector128<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Load(float* source) => new(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 LoadPartial(float* source, int count)
    {
        if (Avx.IsSupported)
        {
            return new(Avx.MaskLoad(source, FirstElements(count)));
        }

        var padded = Vector128<float>.Zero;
        for (int i = 0; i < count; i++)
        {
            padded = padded.WithElement(i, source[i]);
        }

        return new(padded);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lane4 value, float* target) => value._value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePastCaches(Lane4 value, float* target) => value._value.StoreAlignedNonTemporal(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Lane4 value, float* target, int count)
    {
        if (Avx.IsSupported)
        {
            Avx.MaskStore(target, FirstElements(count), value._value);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            target[i] = value._value.GetElement(i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Splat(float value) => new(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator +(Lane4 a, Lane4 b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator -(Lane4 a, Lane4 b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator *(Lane4 a, Lane4 b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator /(Lane4 a, Lane4 b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator -(Lane4 a) => new(-a._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 FusedMultiplyAdd(Lane4 a, Lane4 b, Lane4 c) => new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref Lane4 sum, Lane4 a, Lane4 b) =>
        Unsafe.As<Lane4, Vector128<float>>(ref sum) = Vector128.FusedMultiplyAdd(a._value, b._value, sum._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Min(Lane4 a, Lane4 b) => new(Vector128.Min(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Max(Lane4 a, Lane4 b) => new(Vector128.Max(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 MinNative(Lane4 a, Lane4 b) => new(Sse.IsSupported
        ? Sse.Min(a._value, b._value)
        : Vector128.ConditionalSelect(Vector128.LessThan(a._value, b._value), a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 MaxNative(Lane4 a, Lane4 b) => new(Sse.IsSupported
        ? Sse.Max(a._value, b._value)
        : Vector128.ConditionalSelect(Vector128.GreaterThan(a._value, b._value), a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Abs(Lane4 a) => new(Vector128.Abs(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 CopySign(Lane4 magnitude, Lane4 sign) => new(Vector128.CopySign(magnitude._value, sign._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Sqrt(Lane4 a) => new(Vector128.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 RoundToNearest(Lane4 a) => new(Vector128.Round(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 SelectGreater(Lane4 a, Lane4 b, Lane4 whenTrue, Lane4 whenFalse) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(a._value, b._value), whenTrue._value, whenFalse._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 SelectGreaterOrEqual(Lane4 a, Lane4 b, Lane4 whenTrue, Lane4 whenFalse) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(a._value, b._value), whenTrue._value, whenFalse._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 SelectEqual(Lane4 a, Lane4 b, Lane4 whenTrue, Lane4 whenFalse) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(a._value, b._value), whenTrue._value, whenFalse._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 SelectNaN(Lane4 a, Lane4 whenNaN, Lane4 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(a._value, a._value), otherwise._value, whenNaN._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 ScaleByPowerOfTwo(Lane4 x, Lane4 n)
    {
        if (Avx512F.VL.IsSupported)
        {
            return new(Avx512F.VL.Scale(x._value, n._value));
        }

        // two factors, so that neither leaves the exponent range; the first product is exact, the second rounds once
        var whole = Vector128.ConvertToInt32Native(n._value);
        var half = Vector128.ShiftRightArithmetic(whole, 1);
        var bias = Vector128.Create(127);
        var first = Vector128.ShiftLeft(half + bias, 23).AsSingle();
        var second = Vector128.ShiftLeft(whole - half + bias, 23).AsSingle();
        return new(x._value * first * second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 SplitExponent(Lane4 x, out Lane4 mantissa)
    {
        var twoThirds = Vector128.Create(LaneBits.TwoThirds);
        var shifted = x._value.AsInt32() - twoThirds;
        mantissa = new(((shifted & Vector128.Create(LaneBits.FractionMask)) + twoThirds).AsSingle());
        return new(Vector128.ConvertToSingle(Vector128.ShiftRightArithmetic(shifted, 23)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 SplitPositive(Lane4 x, out Lane4 mantissa) => LaneMath.SplitScaled(x, out mantissa);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 LogarithmEnds(Lane4 x, Lane4 y) => LaneMath.SelectLogarithmEnds(x, y);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldSum(Lane4 x)
    {
        var pairs = x._value + Vector128.Shuffle(x._value, Vector128.Create(2, 3, 2, 3));
        return pairs[0] + pairs[1];
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldMax(Lane4 x)
    {
        var pairs = Vector128.Max(x._value, Vector128.Shuffle(x._value, Vector128.Create(2, 3, 2, 3)));
        return MathF.Max(pairs[0], pairs[1]);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldMin(Lane4 x)
    {
        var pairs = Vector128.Min(x._value, Vector128.Shuffle(x._value, Vector128.Create(2, 3, 2, 3)));
        return MathF.Min(pairs[0], pairs[1]);
    }

    /// <summary>All bits set in the first <paramref name="count"/> places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FirstElements(int count) => Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)).AsSingle();
}
