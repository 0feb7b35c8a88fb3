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

    // 4 x 4 blocks through registers; a strip that is no multiple of 4 ends with a block that overlaps the one before
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, nint strideI, int count, nint depth, float* to, nint width)
    {
        if (count < 4)
        {
            Gather(from, strideI, 1, count, depth, to, width);
            return;
        }

        nint width2 = 2 * width, width3 = 3 * width, width4 = 4 * width;
        for (nint i = 0; i < count; i += 4)
        {
            i = Math.Min(i, count - 4);
            var f0 = from + i * strideI;
            var f1 = f0 + strideI;
            var f2 = f1 + strideI;
            var f3 = f2 + strideI;
            var t = to + i;
            nint p = 0;
            for (; p <= depth - 4; p += 4, t += width4)
            {
                var r0 = Vector128.Load(f0 + p);
                var r1 = Vector128.Load(f1 + p);
                var r2 = Vector128.Load(f2 + p);
                var r3 = Vector128.Load(f3 + p);
                GemmLanes.Transpose(ref r0, ref r1, ref r2, ref r3);
                r0.Store(t);
                r1.Store(t + width);
                r2.Store(t + width2);
                r3.Store(t + width3);
            }

            for (; p < depth; p++, t += width)
            {
                Vector128.Create(f0[p], f1[p], f2[p], f3[p]).Store(t);
            }
        }
    }

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
