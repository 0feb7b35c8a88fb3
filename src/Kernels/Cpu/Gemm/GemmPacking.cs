using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Copies a strip of an operand into the order in which a micro-kernel reads it: to[p * width + i] = from[i * strideI + p * strideP] for
/// i &lt; count, p &lt; depth, and zeros for count ≤ i &lt; width. A strip is a few rows of A or a few columns of B; p runs along k.
/// </summary>
internal static unsafe class GemmPacking
{
    public static void Strip(float* from, nint strideI, nint strideP, int count, nint depth, float* to, int width)
    {
        if (strideI == 1)
            CopyRows(from, strideP, count, depth, to, width);
        else if (strideP == 1)
            Transpose(from, strideI, count, depth, to, width);
        else
            Gather(from, strideI, strideP, count, depth, to, width);
        if (count < width)
            Clear(count, depth, to, width);
    }

    /// <summary>Asks for what <see cref="Strip"/> of the same figures will read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Prefetch(float* from, nint strideI, nint strideP, nint count, nint depth)
    {
        const int Line = 16;
        if (!Sse.IsSupported)
            return;
        var (along, step, steps) = strideI == 1 ? (count, strideP, depth) : (depth, strideI, count);
        if (strideI != 1 && strideP != 1)
            return;
        for (nint s = 0; s < steps; s++, from += step)
        {
            for (nint i = 0; i < along; i += Line)
            {
                Sse.Prefetch0(from + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(float* from, nint strideP, int count, nint depth, float* to, int width)
    {
        for (nint p = 0; p < depth; p++, from += strideP, to += width)
        {
            var i = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
                {
                    Vector512.Load(from + i).Store(to + i);
                }
            }

            if (Vector256.IsHardwareAccelerated)
            {
                for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
                {
                    Vector256.Load(from + i).Store(to + i);
                }
            }

            for (; i <= count - Vector128<float>.Count; i += Vector128<float>.Count)
            {
                Vector128.Load(from + i).Store(to + i);
            }

            for (; i < count; i++)
            {
                to[i] = from[i];
            }
        }
    }

    // blocks of 16 x 4, 8 x 4 and 4 x 4 through registers; a strip that is no multiple of 4 ends with a block that overlaps the one before
    private static void Transpose(float* from, nint strideI, int count, nint depth, float* to, nint width)
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
            GemmLanes.Transpose(ref r0, ref r1, ref r2, ref r3);
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
            GemmLanes.Transpose(ref r0, ref r1, ref r2, ref r3);
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
            GemmLanes.Transpose(ref r0, ref r1, ref r2, ref r3);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(float* from, nint strideI, nint strideP, int count, nint depth, float* to, nint width)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Clear(int count, nint depth, float* to, int width)
    {
        for (nint p = 0; p < depth; p++, to += width)
        {
            var i = count;
            for (; i % Vector128<float>.Count != 0; i++)
            {
                to[i] = 0;
            }

            for (; i < width; i += Vector128<float>.Count)
            {
                Vector128<float>.Zero.Store(to + i);
            }
        }
    }
}
