using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Cli;

/// <summary>Measures what one thread can do at its best: the denominators of every "share of peak".</summary>
internal static class PeakMeasurement
{
    private const int Rounds = 5;

    /// <summary>Fused multiply-adds on registers alone, in 10⁹ operations a second (two per lane and instruction); the best of some rounds.</summary>
    public static double MultiplyAddGflops()
    {
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            const int Steps = 4_000_000;
            long start = Stopwatch.GetTimestamp();
            (float result, int lanes) = Vector512.IsHardwareAccelerated ? (Fma512(Steps), 16) : Vector256.IsHardwareAccelerated ? (Fma256(Steps), 8) : (Fma128(Steps), 4);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            GC.KeepAlive(result);
            best = Math.Max(best, 10.0 * 2 * lanes * Steps / seconds * 1e-9);
        }

        return best;
    }

    /// <summary>a[i] = b[i] + s·c[i] over 64 MiB arrays: 12 bytes an element, in 10⁹ bytes a second; the best of some rounds.</summary>
    public static double TriadGigabytesPerSecond()
    {
        const int Length = 1 << 24;
        float[] a = new float[Length], b = new float[Length], c = new float[Length];
        b.AsSpan().Fill(1);
        c.AsSpan().Fill(2);
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            Triad(a, b, c, 3);
            best = Math.Max(best, 12.0 * Length / Stopwatch.GetElapsedTime(start).TotalSeconds * 1e-9);
        }

        return best;
    }

    // Ten independent chains hide the latency of four cycles on two units. The factor is a little below one, so nothing overflows.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Fma512(int steps)
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
    private static float Fma256(int steps)
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
    private static float Fma128(int steps)
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

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Triad(Span<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, float s)
    {
        Vector<float> scale = new(s);
        int width = Vector<float>.Count;
        for (int i = 0; i <= a.Length - width; i += width)
            (new Vector<float>(b.Slice(i, width)) + (scale * new Vector<float>(c.Slice(i, width)))).CopyTo(a.Slice(i, width));
    }
}
