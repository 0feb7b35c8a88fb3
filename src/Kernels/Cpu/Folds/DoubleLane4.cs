using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>Four doubles (AVX2).</summary>
internal readonly unsafe struct DoubleLane4(Vector256<double> value) : IDoubleLane<DoubleLane4>
{
    private readonly Vector256<double> _value = value;

    public static int Count => 4;

    public static DoubleLane4 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<double>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane4 Widen(float* source) => new(WidenFour(Vector128.Load(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref DoubleLane4 lower, ref DoubleLane4 upper, float* a, float* b, int distance) => AddWidened(
        ref lower, ref upper,
        (Vector256.Load(a) * Vector256.Load(b) + Vector256.Load(a + distance) * Vector256.Load(b + distance))
        + (Vector256.Load(a + 2 * distance) * Vector256.Load(b + 2 * distance) + Vector256.Load(a + 3 * distance) * Vector256.Load(b + 3 * distance)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref QuadSums<DoubleLane4> lower, ref QuadSums<DoubleLane4> upper, float* a, float* b, int distance)
    {
        var a0 = Vector256.Load(a);
        var a1 = Vector256.Load(a + distance);
        var a2 = Vector256.Load(a + 2 * distance);
        var a3 = Vector256.Load(a + 3 * distance);
        var b0 = Vector256.Load(b);
        var b1 = Vector256.Load(b + distance);
        var b2 = Vector256.Load(b + 2 * distance);
        var b3 = Vector256.Load(b + 3 * distance);
        AddWidened(ref lower.Product, ref upper.Product, (a0 * b0 + a1 * b1) + (a2 * b2 + a3 * b3));
        AddWidened(ref lower.SquareB, ref upper.SquareB, (b0 * b0 + b1 * b1) + (b2 * b2 + b3 * b3));
        AddWidened(ref lower.SquareA, ref upper.SquareA, (a0 * a0 + a1 * a1) + (a2 * a2 + a3 * a3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref DoubleLane4 sum, DoubleLane4 a, DoubleLane4 b) =>
        Unsafe.As<DoubleLane4, Vector256<double>>(ref sum) = Vector256.FusedMultiplyAdd(a._value, b._value, sum._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane4 Add(DoubleLane4 a, DoubleLane4 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleLane4 value, double* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane4 Splat(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(DoubleLane4 value, float* target) => NarrowFour(value._value).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane4 Load(double* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double FoldSum(DoubleLane4 value) => DoubleLane2.FoldSum(new(value._value.GetLower() + value._value.GetUpper()));

    /// <summary>Four numbers widened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> WidenFour(Vector128<float> four) => Avx.IsSupported
        ? Avx.ConvertToVector256Double(four)
        : Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));

    /// <summary>Four numbers rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> NarrowFour(Vector256<double> value) => Avx.IsSupported
        ? Avx.ConvertToVector128Single(value)
        : Vector128.Narrow(value.GetLower(), value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWidened(ref DoubleLane4 lower, ref DoubleLane4 upper, Vector256<float> eight)
    {
        lower = new(lower._value + WidenFour(eight.GetLower()));
        upper = new(upper._value + WidenFour(eight.GetUpper()));
    }
}
