using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels;

/// <summary>Sixteen numbers in a 512-bit vector (AVX-512; in software elsewhere).</summary>
public readonly unsafe struct Lane16 : ILane<Lane16>
{
    private readonly Vector512<float> _value;

    /// <summary>A lane holding <paramref name="value"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lane16(Vector512<float> value) => _value = value;

    /// <summary>The vector it holds.</summary>
    public Vector512<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Load(float* source) => new(Vector512.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 LoadPartial(float* source, int count)
    {
        if (Avx512F.IsSupported)
        {
            return new(Avx512F.MaskLoad(source, FirstElements(count), Vector512<float>.Zero));
        }

        var padded = Vector512<float>.Zero;
        for (int i = 0; i < count; i++)
        {
            padded = padded.WithElement(i, source[i]);
        }

        return new(padded);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lane16 value, float* target) => value._value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePastCaches(Lane16 value, float* target) => value._value.StoreAlignedNonTemporal(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Lane16 value, float* target, int count)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.MaskStore(target, FirstElements(count), value._value);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            target[i] = value._value.GetElement(i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Splat(float value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 operator +(Lane16 a, Lane16 b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 operator -(Lane16 a, Lane16 b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 operator *(Lane16 a, Lane16 b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 operator /(Lane16 a, Lane16 b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 operator -(Lane16 a) => new(-a._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 FusedMultiplyAdd(Lane16 a, Lane16 b, Lane16 c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref Lane16 sum, Lane16 a, Lane16 b) =>
        Unsafe.As<Lane16, Vector512<float>>(ref sum) = Vector512.FusedMultiplyAdd(a._value, b._value, sum._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Min(Lane16 a, Lane16 b) => new(Vector512.Min(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Max(Lane16 a, Lane16 b) => new(Vector512.Max(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 MinNative(Lane16 a, Lane16 b) => new(Avx512F.IsSupported
        ? Avx512F.Min(a._value, b._value)
        : Vector512.ConditionalSelect(Vector512.LessThan(a._value, b._value), a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 MaxNative(Lane16 a, Lane16 b) => new(Avx512F.IsSupported
        ? Avx512F.Max(a._value, b._value)
        : Vector512.ConditionalSelect(Vector512.GreaterThan(a._value, b._value), a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Abs(Lane16 a) => new(Vector512.Abs(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 CopySign(Lane16 magnitude, Lane16 sign) => new(Vector512.CopySign(magnitude._value, sign._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Sqrt(Lane16 a) => new(Vector512.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 RoundToNearest(Lane16 a) => new(Vector512.Round(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 SelectGreater(Lane16 a, Lane16 b, Lane16 whenTrue, Lane16 whenFalse) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a._value, b._value), whenTrue._value, whenFalse._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 SelectGreaterOrEqual(Lane16 a, Lane16 b, Lane16 whenTrue, Lane16 whenFalse) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(a._value, b._value), whenTrue._value, whenFalse._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 SelectEqual(Lane16 a, Lane16 b, Lane16 whenTrue, Lane16 whenFalse) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(a._value, b._value), whenTrue._value, whenFalse._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 SelectNaN(Lane16 a, Lane16 whenNaN, Lane16 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(a._value, a._value), otherwise._value, whenNaN._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 ScaleByPowerOfTwo(Lane16 x, Lane16 n)
    {
        if (Avx512F.IsSupported)
        {
            return new(Avx512F.Scale(x._value, n._value));
        }

        // two factors, so that neither leaves the exponent range; the first product is exact, the second rounds once
        var whole = Vector512.ConvertToInt32Native(n._value);
        var half = Vector512.ShiftRightArithmetic(whole, 1);
        var bias = Vector512.Create(127);
        var first = Vector512.ShiftLeft(half + bias, 23).AsSingle();
        var second = Vector512.ShiftLeft(whole - half + bias, 23).AsSingle();
        return new(x._value * first * second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 SplitExponent(Lane16 x, out Lane16 mantissa)
    {
        var twoThirds = Vector512.Create(LaneBits.TwoThirds);
        var shifted = x._value.AsInt32() - twoThirds;
        mantissa = new(((shifted & Vector512.Create(LaneBits.FractionMask)) + twoThirds).AsSingle());
        return new(Vector512.ConvertToSingle(Vector512.ShiftRightArithmetic(shifted, 23)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 SplitPositive(Lane16 x, out Lane16 mantissa)
    {
        if (!Avx512F.IsSupported)
        {
            return LaneMath.SplitScaled(x, out mantissa);
        }

        // the processor splits denormals too, with the mantissa in [1, 2): what is 4/3 or more of it is halved, which shows in its exponent
        var twoThirds = Vector512.Create(LaneBits.TwoThirds);
        var shifted = Avx512F.GetMantissa(x._value, 0).AsInt32() - twoThirds;
        var centred = ((shifted & Vector512.Create(LaneBits.FractionMask)) + twoThirds).AsSingle();
        mantissa = new(centred);
        return new(Avx512F.GetExponent(x._value) - Avx512F.GetExponent(centred));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 LogarithmEnds(Lane16 x, Lane16 y) => Avx512F.IsSupported
        ? new(Avx512F.Fixup(y._value, x._value, Vector512.Create(LaneBits.LogarithmEnds), 0))
        : LaneMath.SelectLogarithmEnds(x, y);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldSum(Lane16 x) => Lane8.FoldSum(new Lane8(x._value.GetLower() + x._value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldMax(Lane16 x) => Lane8.FoldMax(new Lane8(Vector256.Max(x._value.GetLower(), x._value.GetUpper())));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldMin(Lane16 x) => Lane8.FoldMin(new Lane8(Vector256.Min(x._value.GetLower(), x._value.GetUpper())));

    /// <summary>All bits set in the first <paramref name="count"/> places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FirstElements(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
