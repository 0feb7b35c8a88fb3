using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>Long streams of floats through memory.</summary>
internal static unsafe class Streams
{
    // more than the second-level caches we know
    private const long FarBytes = 2 << 20;

    // Whether the third-level cache serves a core several times as fast as memory does: what fits there is best left to it. Zen 4, a million floats: maps
    // take 0.57 of the time with ordinary stores, on two threads 0.36; folds 0.84 without asking ahead.
    private static readonly long NearBytes = LastLevelCache.NearBytes;

    // A loop that the JIT compiles before this class is initialized asks at every turn whether it is, and keeps its sums in memory for the call that may
    // follow, for good: sums of a million floats took 0.08 to 0.37 ms in processes whose first kernel they were, 0.05 in others.
#pragma warning disable CA2255 // a library's initializer: it reads one figure of the processor and touches nothing else
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialize() => RuntimeHelpers.RunClassConstructor(typeof(Streams).TypeHandle);

    /// <summary>
    /// Whether a result is better written past the caches: where it and its inputs outgrow a quarter of a near third-level cache (half of it with several
    /// threads, which wait for memory together), or, without one, the second level.
    /// </summary>
    /// <param name="count">Floats of the result.</param>
    /// <param name="operands">Arrays of that length that the call touches, the result among them.</param>
    /// <param name="threads">Threads that work on the call.</param>
    public static bool PassCaches(nint count, int operands, int threads) =>
        NearBytes > 0 ? sizeof(float) * (long)count * operands > NearBytes / (threads == 1 ? 4 : 2) : sizeof(float) * (long)count >= FarBytes;

    /// <summary>Floats of a cache line.</summary>
    public const int LineFloats = 16;

    // a page ahead: far enough for memory, and across the page's end
    private const int Ahead = 1024;

    /// <summary>Asks for <paramref name="floats"/> numbers that a loop at <paramref name="at"/> will reach soon, where no near third-level cache makes that idle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* at, int floats)
    {
        if (!Sse.IsSupported || NearBytes > 0)
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
