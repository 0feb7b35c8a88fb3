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
            Transposition.Run(from, strideI, count, depth, to, width);
        else
            Transposition.Gather(from, strideI, strideP, count, depth, to, width);
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
