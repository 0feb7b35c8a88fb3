using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>One double: the scalar form.</summary>
internal readonly unsafe struct DoubleLane1(double value) : IDoubleLane<DoubleLane1>
{
    private readonly double _value = value;

    public static int Count => 1;

    public static DoubleLane1 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane1 Widen(float* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref DoubleLane1 lower, ref DoubleLane1 upper, float* a, float* b, int distance)
    {
        lower = new(lower._value + Quad(a, b, distance));
        upper = new(upper._value + Quad(a + 1, b + 1, distance));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddQuads(ref QuadSums<DoubleLane1> lower, ref QuadSums<DoubleLane1> upper, float* a, float* b, int distance)
    {
        AddQuads(ref lower.Product, ref upper.Product, a, b, distance);
        AddQuads(ref lower.SquareB, ref upper.SquareB, b, b, distance);
        AddQuads(ref lower.SquareA, ref upper.SquareA, a, a, distance);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref DoubleLane1 sum, DoubleLane1 a, DoubleLane1 b) =>
        Unsafe.As<DoubleLane1, double>(ref sum) = Math.FusedMultiplyAdd(a._value, b._value, sum._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane1 Add(DoubleLane1 a, DoubleLane1 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleLane1 value, double* target) => *target = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane1 Splat(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(DoubleLane1 value, float* target) => *target = (float)value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLane1 Load(double* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double FoldSum(DoubleLane1 value) => value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Quad(float* a, float* b, int distance) =>
        ((a[0] * b[0]) + (a[distance] * b[distance])) + ((a[2 * distance] * b[2 * distance]) + (a[3 * distance] * b[3 * distance]));
}
