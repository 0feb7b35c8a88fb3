using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>The third-level cache of this processor, as it says itself.</summary>
internal static class LastLevelCache
{
    private const int Amd = 0x6874_7541; // "Auth" of AuthenticAMD
    private const int Extended = unchecked((int)0x8000_0000);
    private const int CacheLeaf = unchecked((int)0x8000_001D);

    /// <summary>
    /// Bytes of a third-level cache that a core reads several times as fast as memory, or 0: AMD's, which belongs to a few neighbouring cores. Intel's
    /// servers spread theirs over a mesh, where a core gets little more from it than from memory.
    /// </summary>
    public static long NearBytes { get; } = Measure();

    private static long Measure()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Ebx != Amd || (uint)X86Base.CpuId(Extended, 0).Eax < unchecked((uint)CacheLeaf))
            return 0;
        for (int cache = 0; cache < 8; cache++)
        {
            (int eax, int ebx, int ecx, int _) = X86Base.CpuId(CacheLeaf, cache);
            if ((eax & 0x1F) == 0)
                break;
            if (((eax >> 5) & 7) == 3)
                return (((uint)ebx >> 22) + 1L) * ((((uint)ebx >> 12) & 0x3FF) + 1L) * (((uint)ebx & 0xFFF) + 1L) * ((uint)ecx + 1L);
        }

        return 0;
    }
}
