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

    /// <summary>
    /// Strips of <paramref name="step"/> rows, one behind the other, of an operand whose rows are contiguous: a line of it belongs to several strips,
    /// so a few steps along k are copied into all of them before the next few.
    /// </summary>
    public static void Strips(float* from, nint strideP, nint count, nint step, nint depth, float* to)
    {
        const int Slice = 16;
        for (nint p = 0; p < depth; p += Slice, from += Slice * strideP)
        {
            var steps = Math.Min(Slice, depth - p);
            nint i = 0;
            if (step == 8 && Vector256.IsHardwareAccelerated)
            {
                for (; i <= count - 16; i += 16)
                {
                    CopyTwo(from + i, strideP, steps, to + i * depth + p * 8, to + (i + 8) * depth + p * 8);
                }
            }

            for (; i < count; i += step)
            {
                var rows = (int)Math.Min(step, count - i);
                Strip(from + i, 1, strideP, rows, steps, to + i * depth + p * rows, rows);
            }
        }
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

    // two strips of eight rows: a whole line where it is aligned
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyTwo(float* from, nint strideP, nint depth, float* first, float* second)
    {
        for (nint p = 0; p < depth; p++, from += strideP, first += 8, second += 8)
        {
            Vector256.Load(from).Store(first);
            Vector256.Load(from + 8).Store(second);
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
