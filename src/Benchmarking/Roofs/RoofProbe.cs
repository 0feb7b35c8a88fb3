using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engram.Kernels;

namespace Engram.Benchmarking;

/// <summary>The loops that measure the roof. Each is as good as a compiler makes it; what they reach is what the machine can do.</summary>
internal static unsafe class RoofProbe
{
    /// <summary>Independent chains of the multiply-add loop: they hide a latency of four cycles on two units.</summary>
    public const int Chains = 10;

    /// <summary>Lengths of the arrays are multiples of this.</summary>
    public const int Multiple = 128;

    /// <summary>Multiply-adds on registers, <see cref="Chains"/> lanes of them per step.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static float MultiplyAdd<T>(int steps) where T : struct, ILane<T>
    {
        // the factor is a little below one, so nothing overflows
        T x = T.Splat(0.999999f), y = T.Splat(1e-6f);
        T a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int n = 0; n < steps; n++)
        {
            a = T.FusedMultiplyAdd(a, x, y);
            b = T.FusedMultiplyAdd(b, x, y);
            c = T.FusedMultiplyAdd(c, x, y);
            d = T.FusedMultiplyAdd(d, x, y);
            e = T.FusedMultiplyAdd(e, x, y);
            f = T.FusedMultiplyAdd(f, x, y);
            g = T.FusedMultiplyAdd(g, x, y);
            h = T.FusedMultiplyAdd(h, x, y);
            i = T.FusedMultiplyAdd(i, x, y);
            j = T.FusedMultiplyAdd(j, x, y);
        }

        return First(a + b + c + d + e + f + g + h + i + j);
    }

    /// <summary>a[i] ← b[i] + 3·c[i].</summary>
    public static void Triad(float* a, float* b, float* c, nint length)
    {
        if (Vector512.IsHardwareAccelerated)
            Triad<Lane16>(a, b, c, length);
        else
            Triad<Lane8>(a, b, c, length);
    }

    /// <summary>Reads x; a part of its sum is what keeps the loads alive.</summary>
    public static float Read(float* x, nint length) => Vector512.IsHardwareAccelerated ? Read<Lane16>(x, length) : Read<Lane8>(x, length);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Triad<T>(float* a, float* b, float* c, nint length) where T : struct, ILane<T>
    {
        T s = T.Splat(3f);
        for (nint i = 0; i < length; i += 2 * T.Count)
        {
            T.Store(T.FusedMultiplyAdd(s, T.Load(c + i), T.Load(b + i)), a + i);
            T.Store(T.FusedMultiplyAdd(s, T.Load(c + i + T.Count), T.Load(b + i + T.Count)), a + i + T.Count);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Read<T>(float* x, nint length) where T : struct, ILane<T>
    {
        T a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (nint i = 0; i < length; i += 8 * T.Count)
        {
            a += T.Load(x + i);
            b += T.Load(x + i + T.Count);
            c += T.Load(x + i + 2 * T.Count);
            d += T.Load(x + i + 3 * T.Count);
            e += T.Load(x + i + 4 * T.Count);
            f += T.Load(x + i + 5 * T.Count);
            g += T.Load(x + i + 6 * T.Count);
            h += T.Load(x + i + 7 * T.Count);
        }

        return First(a + b + c + d + e + f + g + h);
    }

    private static float First<T>(T lane) where T : struct, ILane<T>
    {
        float* elements = stackalloc float[16];
        T.Store(lane, elements);
        return *elements;
    }
}
