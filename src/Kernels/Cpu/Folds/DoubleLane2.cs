using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>Two doubles (SSE, NEON).</summary>
internal readonly unsafe struct DoubleLane2(Vector128<double> value) : IDoubleLane<DoubleLane2>
{
    private readonly Vector128<double> _value = value;

    public static int Count => 2;

    public static DoubleLane2 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<double>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane2 Widen(float* source) => new(Vector128.Create((double)source[0], source[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref DoubleLane2 lower, ref DoubleLane2 upper, float* a, float* b, int distance) => AddWidened(
        ref lower, ref upper,
        (Vector128.Load(a) * Vector128.Load(b) + Vector128.Load(a + distance) * Vector128.Load(b + distance))
        + (Vector128.Load(a + 2 * distance) * Vector128.Load(b + 2 * distance) + Vector128.Load(a + 3 * distance) * Vector128.Load(b + 3 * distance)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref QuadSums<DoubleLane2> lower, ref QuadSums<DoubleLane2> upper, float* a, float* b, int distance)
    {
        var a0 = Vector128.Load(a);
        var a1 = Vector128.Load(a + distance);
        var a2 = Vector128.Load(a + 2 * distance);
        var a3 = Vector128.Load(a + 3 * distance);
        var b0 = Vector128.Load(b);
        var b1 = Vector128.Load(b + distance);
        var b2 = Vector128.Load(b + 2 * distance);
        var b3 = Vector128.Load(b + 3 * distance);
        AddWidened(ref lower.Product, ref upper.Product, (a0 * b0 + a1 * b1) + (a2 * b2 + a3 * b3));
        AddWidened(ref lower.SquareB, ref upper.SquareB, (b0 * b0 + b1 * b1) + (b2 * b2 + b3 * b3));
        AddWidened(ref lower.SquareA, ref upper.SquareA, (a0 * a0 + a1 * a1) + (a2 * a2 + a3 * a3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref DoubleLane2 sum, DoubleLane2 a, DoubleLane2 b) =>
        Unsafe.As<DoubleLane2, Vector128<double>>(ref sum) = Vector128.FusedMultiplyAdd(a._value, b._value, sum._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane2 Add(DoubleLane2 a, DoubleLane2 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleLane2 value, double* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane2 Splat(double value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(DoubleLane2 value, float* target) => Vector128.Narrow(value._value, value._value).GetLower().Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane2 Load(double* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double FoldSum(DoubleLane2 value) => value._value.GetElement(0) + value._value.GetElement(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWidened(ref DoubleLane2 lower, ref DoubleLane2 upper, Vector128<float> four)
    {
        lower = new(lower._value + Vector128.WidenLower(four));
        upper = new(upper._value + Vector128.WidenUpper(four));
    }
}
