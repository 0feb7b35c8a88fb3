using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>Eight doubles (AVX-512).</summary>
internal readonly unsafe struct DoubleLane8(Vector512<double> value) : IDoubleLane<DoubleLane8>
{
    private readonly Vector512<double> _value = value;

    public static int Count => 8;

    public static DoubleLane8 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<double>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane8 Widen(float* source) => new(WidenEight(Vector256.Load(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref DoubleLane8 lower, ref DoubleLane8 upper, float* a, float* b, int distance) => AddWidened(
        ref lower, ref upper,
        (Vector512.Load(a) * Vector512.Load(b) + Vector512.Load(a + distance) * Vector512.Load(b + distance))
        + (Vector512.Load(a + 2 * distance) * Vector512.Load(b + 2 * distance) + Vector512.Load(a + 3 * distance) * Vector512.Load(b + 3 * distance)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref QuadSums<DoubleLane8> lower, ref QuadSums<DoubleLane8> upper, float* a, float* b, int distance)
    {
        var a0 = Vector512.Load(a);
        var a1 = Vector512.Load(a + distance);
        var a2 = Vector512.Load(a + 2 * distance);
        var a3 = Vector512.Load(a + 3 * distance);
        var b0 = Vector512.Load(b);
        var b1 = Vector512.Load(b + distance);
        var b2 = Vector512.Load(b + 2 * distance);
        var b3 = Vector512.Load(b + 3 * distance);
        AddWidened(ref lower.Product, ref upper.Product, (a0 * b0 + a1 * b1) + (a2 * b2 + a3 * b3));
        AddWidened(ref lower.SquareB, ref upper.SquareB, (b0 * b0 + b1 * b1) + (b2 * b2 + b3 * b3));
        AddWidened(ref lower.SquareA, ref upper.SquareA, (a0 * a0 + a1 * a1) + (a2 * a2 + a3 * a3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref DoubleLane8 sum, DoubleLane8 a, DoubleLane8 b) =>
        Unsafe.As<DoubleLane8, Vector512<double>>(ref sum) = Vector512.FusedMultiplyAdd(a._value, b._value, sum._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane8 Add(DoubleLane8 a, DoubleLane8 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleLane8 value, double* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane8 Splat(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(DoubleLane8 value, float* target)
    {
        Vector256<float> narrow = Avx512F.IsSupported
            ? Avx512F.ConvertToVector256Single(value._value)
            : Vector256.Create(DoubleLane4.NarrowFour(value._value.GetLower()), DoubleLane4.NarrowFour(value._value.GetUpper()));
        narrow.Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane8 Load(double* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double FoldSum(DoubleLane8 value) => DoubleLane4.FoldSum(new(value._value.GetLower() + value._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> WidenEight(Vector256<float> eight) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Double(eight)
        : Vector512.Create(DoubleLane4.WidenFour(eight.GetLower()), DoubleLane4.WidenFour(eight.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWidened(ref DoubleLane8 lower, ref DoubleLane8 upper, Vector512<float> sixteen)
    {
        lower = new(lower._value + WidenEight(sixteen.GetLower()));
        upper = new(upper._value + WidenEight(sixteen.GetUpper()));
    }
}
