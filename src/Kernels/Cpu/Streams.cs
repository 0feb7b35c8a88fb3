using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>Long streams of floats through memory.</summary>
internal static unsafe class Streams
{
    /// <summary>From so many floats on (2 MiB, more than the second-level caches we know) a result is written past the caches.</summary>
    public const int LeastCount = 1 << 19;

    /// <summary>Floats of a cache line.</summary>
    public const int LineFloats = 16;

    // a page ahead: far enough for memory, and across the page's end
    private const int Ahead = 1024;

    /// <summary>Asks for <paramref name="floats"/> numbers that a loop at <paramref name="at"/> will reach soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* at, int floats)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(at + Ahead);
        if (floats > LineFloats)
            Sse.Prefetch0(at + Ahead + LineFloats);
        if (floats > 2 * LineFloats)
        {
            Sse.Prefetch0(at + Ahead + 2 * LineFloats);
            Sse.Prefetch0(at + Ahead + 3 * LineFloats);
        }
    }

    /// <summary>How many floats lie before the first multiple of a cache line.</summary>
    public static nint BeforeLine(float* target) => (nint)(0 - ((nuint)target / sizeof(float))) & (LineFloats - 1);

    /// <summary>Makes what was written past the caches visible before anything that follows.</summary>
    public static void Fence()
    {
        if (Sse.IsSupported)
            Sse.StoreFence();
    }
}
