using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Benchmarking;

/// <summary>The loops that measure the roof. Each is as good as a compiler makes it; what they reach is what the machine can do.</summary>
internal static unsafe class RoofProbe
{
    /// <summary>Independent chains of the multiply-add loops: they hide a latency of four cycles on two units.</summary>
    public const int Chains = 10;

    // The factor is a little below one, so nothing overflows.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static float Fma512(int steps)
    {
        Vector512<float> x = Vector512.Create(0.999999f), y = Vector512.Create(1e-6f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int n = 0; n < steps; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static float Fma256(int steps)
    {
        Vector256<float> x = Vector256.Create(0.999999f), y = Vector256.Create(1e-6f);
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int n = 0; n < steps; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static float Fma128(int steps)
    {
        Vector128<float> x = Vector128.Create(0.999999f), y = Vector128.Create(1e-6f);
        Vector128<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int n = 0; n < steps; n++)
        {
            a = Vector128.FusedMultiplyAdd(a, x, y);
            b = Vector128.FusedMultiplyAdd(b, x, y);
            c = Vector128.FusedMultiplyAdd(c, x, y);
            d = Vector128.FusedMultiplyAdd(d, x, y);
            e = Vector128.FusedMultiplyAdd(e, x, y);
            f = Vector128.FusedMultiplyAdd(f, x, y);
            g = Vector128.FusedMultiplyAdd(g, x, y);
            h = Vector128.FusedMultiplyAdd(h, x, y);
            i = Vector128.FusedMultiplyAdd(i, x, y);
            j = Vector128.FusedMultiplyAdd(j, x, y);
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    /// <summary>a[i] ← b[i] + s·c[i]; the length is a multiple of 64.</summary>
    public static void Triad(float* a, float* b, float* c, nint length)
    {
        if (Vector512.IsHardwareAccelerated)
            Triad512(a, b, c, length);
        else
            Triad256(a, b, c, length);
    }

    /// <summary>Σ x[i]; the length is a multiple of 64.</summary>
    public static float Read(float* x, nint length) => Vector512.IsHardwareAccelerated ? Read512(x, length) : Read256(x, length);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Triad512(float* a, float* b, float* c, nint length)
    {
        Vector512<float> s = Vector512.Create(3f);
        for (nint i = 0; i < length; i += 32)
        {
            Vector512.FusedMultiplyAdd(s, Vector512.Load(c + i), Vector512.Load(b + i)).Store(a + i);
            Vector512.FusedMultiplyAdd(s, Vector512.Load(c + i + 16), Vector512.Load(b + i + 16)).Store(a + i + 16);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Triad256(float* a, float* b, float* c, nint length)
    {
        Vector256<float> s = Vector256.Create(3f);
        for (nint i = 0; i < length; i += 16)
        {
            Vector256.FusedMultiplyAdd(s, Vector256.Load(c + i), Vector256.Load(b + i)).Store(a + i);
            Vector256.FusedMultiplyAdd(s, Vector256.Load(c + i + 8), Vector256.Load(b + i + 8)).Store(a + i + 8);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Read512(float* x, nint length)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (nint i = 0; i < length; i += 64)
        {
            a += Vector512.Load(x + i);
            b += Vector512.Load(x + i + 16);
            c += Vector512.Load(x + i + 32);
            d += Vector512.Load(x + i + 48);
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Read256(float* x, nint length)
    {
        Vector256<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (nint i = 0; i < length; i += 64)
        {
            a += Vector256.Load(x + i);
            b += Vector256.Load(x + i + 8);
            c += Vector256.Load(x + i + 16);
            d += Vector256.Load(x + i + 24);
            e += Vector256.Load(x + i + 32);
            f += Vector256.Load(x + i + 40);
            g += Vector256.Load(x + i + 48);
            h += Vector256.Load(x + i + 56);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h);
    }
}
