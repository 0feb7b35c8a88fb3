using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>Lines of a plane on their way into the stage: every <see cref="Across"/>-th element of each, without reading outside a line.</summary>
internal unsafe struct StageLines
{
    /// <summary>The first element of the first channel.</summary>
    public float* From;

    /// <summary>Floats from line to line of the source.</summary>
    public nint FromStep;

    /// <summary>Floats from element to element of a source line.</summary>
    public int Across;

    /// <summary>Lines, and elements of each.</summary>
    public int Lines, Count;

    /// <summary>Floats of a source line before the first element, and from it to the end.</summary>
    public int Before, After;

    /// <summary>Floats from line to line of the stage.</summary>
    public nint ToStep;

    /// <summary>Copies one plane, which lies <paramref name="plane"/> floats behind the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Copy(nint plane, float* to)
    {
        var from = From + plane;
        for (var r = 0; r < Lines; r++, from += FromStep, to += ToStep)
        {
            if (Across == 1)
                Neighbours(from, to, Count);
            else if (Across == 2 && Vector512.IsHardwareAccelerated)
                EverySecond(from, to);
            else
                Every(from, 0, to);
        }
    }

    // the last vector overlaps the one before, so that nothing outside is touched
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Neighbours(float* from, float* to, int count)
    {
        if (count >= 16)
        {
            for (var i = 0; i < count - 16; i += 16)
            {
                Vector512.Load(from + i).Store(to + i);
            }

            Vector512.Load(from + count - 16).Store(to + count - 16);
        }
        else if (count >= 8)
        {
            Vector256.Load(from).Store(to);
            Vector256.Load(from + count - 8).Store(to + count - 8);
        }
        else if (count >= 4)
        {
            Vector128.Load(from).Store(to);
            Vector128.Load(from + count - 4).Store(to + count - 4);
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                to[i] = from[i];
            }
        }
    }

    // sixteen floats hold eight elements, at their even or, one float back, at their odd places
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void EverySecond(float* from, float* to)
    {
        var even = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 0, 0, 0, 0, 0, 0, 0, 0);
        var i = 0;
        for (; i <= Count - 8; i += 8)
        {
            if (2 * i + 16 <= After)
                Vector512.Shuffle(Vector512.Load(from + 2 * i), even).GetLower().Store(to + i);
            else if (Before + 2 * i > 0)
                Vector512.Shuffle(Vector512.Load(from + 2 * i - 1), even + Vector512<int>.One).GetLower().Store(to + i);
            else
                break;
        }

        Every(from, i, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Every(float* from, int i, float* to)
    {
        for (; i < Count; i++)
        {
            to[i] = from[(nint)i * Across];
        }
    }
}
