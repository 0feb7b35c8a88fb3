using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>Transpositions of strips of a matrix: blocks of 16 x 4, 8 x 4 and 4 x 4 go through registers.</summary>
internal static unsafe class Transposition
{
    /// <summary>
    /// to[p * width + i] = from[i * strideI + p] for i &lt; count, p &lt; depth. A strip that is no multiple of 4 ends with a block that overlaps the one
    /// before, so source and target must not overlap.
    /// </summary>
    public static void Run(float* from, nint strideI, int count, nint depth, float* to, nint width)
    {
        if (count < 4)
        {
            Gather(from, strideI, 1, count, depth, to, width);
            return;
        }

        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= count - 16; i += 16)
                Transpose16(from + i * strideI, strideI, depth, to + i, width);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= count - 8; i += 8)
                Transpose8(from + i * strideI, strideI, depth, to + i, width);
        }

        for (; i < count; i += 4)
        {
            i = Math.Min(i, count - 4);
            Transpose4(from + i * strideI, strideI, depth, to + i, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose16(float* f, nint stride, nint depth, float* to, nint width)
    {
        nint stride2 = 2 * stride, stride3 = 3 * stride, width2 = 2 * width, width3 = 3 * width, width4 = 4 * width;
        float* f4 = f + 4 * stride, f8 = f + 8 * stride, f12 = f + 12 * stride;
        var left = depth;
        for (; left >= 4; left -= 4, f += 4, f4 += 4, f8 += 4, f12 += 4, to += width4)
        {
            var r0 = Join(Join(Vector128.Load(f), Vector128.Load(f4)), Join(Vector128.Load(f8), Vector128.Load(f12)));
            var r1 = Join(Join(Vector128.Load(f + stride), Vector128.Load(f4 + stride)), Join(Vector128.Load(f8 + stride), Vector128.Load(f12 + stride)));
            var r2 = Join(Join(Vector128.Load(f + stride2), Vector128.Load(f4 + stride2)), Join(Vector128.Load(f8 + stride2), Vector128.Load(f12 + stride2)));
            var r3 = Join(Join(Vector128.Load(f + stride3), Vector128.Load(f4 + stride3)), Join(Vector128.Load(f8 + stride3), Vector128.Load(f12 + stride3)));
            Turn(ref r0, ref r1, ref r2, ref r3);
            r0.Store(to);
            r1.Store(to + width);
            r2.Store(to + width2);
            r3.Store(to + width3);
        }

        Gather(f, stride, 1, 16, left, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(float* f, nint stride, nint depth, float* to, nint width)
    {
        nint stride2 = 2 * stride, stride3 = 3 * stride, width2 = 2 * width, width3 = 3 * width, width4 = 4 * width;
        float* f4 = f + 4 * stride;
        var left = depth;
        for (; left >= 4; left -= 4, f += 4, f4 += 4, to += width4)
        {
            var r0 = Join(Vector128.Load(f), Vector128.Load(f4));
            var r1 = Join(Vector128.Load(f + stride), Vector128.Load(f4 + stride));
            var r2 = Join(Vector128.Load(f + stride2), Vector128.Load(f4 + stride2));
            var r3 = Join(Vector128.Load(f + stride3), Vector128.Load(f4 + stride3));
            Turn(ref r0, ref r1, ref r2, ref r3);
            r0.Store(to);
            r1.Store(to + width);
            r2.Store(to + width2);
            r3.Store(to + width3);
        }

        Gather(f, stride, 1, 8, left, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose4(float* f, nint stride, nint depth, float* to, nint width)
    {
        nint stride2 = 2 * stride, stride3 = 3 * stride, width2 = 2 * width, width3 = 3 * width, width4 = 4 * width;
        var left = depth;
        for (; left >= 4; left -= 4, f += 4, to += width4)
        {
            var r0 = Vector128.Load(f);
            var r1 = Vector128.Load(f + stride);
            var r2 = Vector128.Load(f + stride2);
            var r3 = Vector128.Load(f + stride3);
            Turn(ref r0, ref r1, ref r2, ref r3);
            r0.Store(to);
            r1.Store(to + width);
            r2.Store(to + width2);
            r3.Store(to + width3);
        }

        Gather(f, stride, 1, 4, left, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Join(Vector128<float> low, Vector128<float> high) => Vector256.Create(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Join(Vector256<float> low, Vector256<float> high) => Vector512.Create(low, high);

    /// <summary>The same element by element, for any stride along p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(float* from, nint strideI, nint strideP, int count, nint depth, float* to, nint width)
    {
        for (var i = 0; i < count; i++)
        {
            var f = from + i * strideI;
            var t = to + i;
            for (nint p = 0; p < depth; p++, f += strideP, t += width)
            {
                *t = *f;
            }
        }
    }

    /// <summary>Transposes four vectors of four lanes in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Turn(ref Vector128<float> r0, ref Vector128<float> r1, ref Vector128<float> r2, ref Vector128<float> r3)
    {
        var (t0, t1) = (GemmLanes.ZipLow(r0, r2), GemmLanes.ZipHigh(r0, r2)); // r0[0] r2[0] r0[1] r2[1] · r0[2] r2[2] r0[3] r2[3]
        var (t2, t3) = (GemmLanes.ZipLow(r1, r3), GemmLanes.ZipHigh(r1, r3));
        (r0, r1) = (GemmLanes.ZipLow(t0, t2), GemmLanes.ZipHigh(t0, t2));
        (r2, r3) = (GemmLanes.ZipLow(t1, t3), GemmLanes.ZipHigh(t1, t3));
    }

    /// <summary>The same in both halves: with rows k and k + 4 in vector k, the columns of eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Turn(ref Vector256<float> r0, ref Vector256<float> r1, ref Vector256<float> r2, ref Vector256<float> r3)
    {
        var (t0, t1) = (GemmLanes.ZipLow(r0, r2), GemmLanes.ZipHigh(r0, r2));
        var (t2, t3) = (GemmLanes.ZipLow(r1, r3), GemmLanes.ZipHigh(r1, r3));
        (r0, r1) = (GemmLanes.ZipLow(t0, t2), GemmLanes.ZipHigh(t0, t2));
        (r2, r3) = (GemmLanes.ZipLow(t1, t3), GemmLanes.ZipHigh(t1, t3));
    }

    /// <summary>The same in all quarters: with rows k, k + 4, k + 8 and k + 12 in vector k, the columns of sixteen rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Turn(ref Vector512<float> r0, ref Vector512<float> r1, ref Vector512<float> r2, ref Vector512<float> r3)
    {
        var (t0, t1) = (GemmLanes.ZipLow(r0, r2), GemmLanes.ZipHigh(r0, r2));
        var (t2, t3) = (GemmLanes.ZipLow(r1, r3), GemmLanes.ZipHigh(r1, r3));
        (r0, r1) = (GemmLanes.ZipLow(t0, t2), GemmLanes.ZipHigh(t0, t2));
        (r2, r3) = (GemmLanes.ZipLow(t1, t3), GemmLanes.ZipHigh(t1, t3));
    }
}
