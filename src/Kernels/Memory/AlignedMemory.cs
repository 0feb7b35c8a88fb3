using System.Runtime.InteropServices;

namespace Engram.Kernels;

/// <summary>
/// Native memory aligned to a cache line (64 bytes, also the widest vector), and a per-thread scratch area that kernels borrow
/// for the length of one call.
/// </summary>
public static unsafe class AlignedMemory
{
    /// <summary>Alignment of every block in bytes.</summary>
    public const int Alignment = 64;

    [ThreadStatic]
    private static ScratchArea? scratch;

    [ThreadStatic]
    private static ScratchArea? outer;

    /// <summary>Allocates <paramref name="bytes"/> bytes, not cleared; give them back with <see cref="Free"/>.</summary>
    /// <param name="bytes">Size in bytes; zero is allowed.</param>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public static void* Allocate(nuint bytes) => NativeMemory.AlignedAlloc(Math.Max(bytes, 1), Alignment);

    /// <summary>Frees a block that <see cref="Allocate"/> returned; null is allowed.</summary>
    /// <param name="block">The block.</param>
    public static void Free(void* block) => NativeMemory.AlignedFree(block);

    /// <summary>
    /// The calling thread's scratch area, at least <paramref name="count"/> floats, with undefined content. It stays valid until
    /// the same thread asks again, so only leaf kernels may use it. It grows and is reused: no allocation in steady state.
    /// </summary>
    /// <param name="count">Number of floats wanted.</param>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public static float* Scratch(nint count)
    {
        var area = scratch ??= new ScratchArea();
        return area.AtLeast((nuint)count);
    }

    /// <summary>A second scratch area of the calling thread, for kernels that call leaf kernels: <see cref="Scratch"/> leaves it alone.</summary>
    /// <param name="count">Number of floats wanted.</param>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public static float* OuterScratch(nint count)
    {
        var area = outer ??= new ScratchArea();
        return area.AtLeast((nuint)count);
    }

    // a class so that the finalizer returns the block when its thread is gone
    private sealed class ScratchArea
    {
        private float* block;
        private nuint size;

        ~ScratchArea() => Free(block);

        public float* AtLeast(nuint count)
        {
            if (count <= size)
                return block;
            Free(block);
            block = null;
            size = 0;
            var grown = Math.Max(count, 16384);
            block = (float*)Allocate(checked(grown * sizeof(float)));
            size = grown;
            return block;
        }
    }
}
