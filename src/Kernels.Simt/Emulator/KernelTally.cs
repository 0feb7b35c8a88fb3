namespace Engram.Kernels.Simt;

/// <summary>
/// What the launches of a kernel asked of a GPU: counted by the emulator, the same on every machine. Accesses are of warps of 32 threads: the n-th access of a kind by each
/// thread between two barriers is one request (threads that take different branches make more requests of it, as on a GPU).
/// </summary>
internal sealed class KernelTally
{
    /// <summary>Bytes of a sector, the least that device memory gives or takes.</summary>
    public const int SectorBytes = 32;

    /// <summary>How often the kernel was launched.</summary>
    public long Launches { get; set; }

    /// <summary>Loads from device memory, of warps.</summary>
    public long Loads { get; set; }

    /// <summary>Stores to device memory, of warps.</summary>
    public long Stores { get; set; }

    /// <summary>Bytes that threads asked for.</summary>
    public long LoadedBytes { get; set; }

    /// <summary>Bytes that threads wrote.</summary>
    public long StoredBytes { get; set; }

    /// <summary>Sectors that the loads touch, each request by itself.</summary>
    public long LoadedSectors { get; set; }

    /// <summary>Sectors that the stores touch.</summary>
    public long StoredSectors { get; set; }

    /// <summary>Loads and stores of shared memory, of warps.</summary>
    public long Shared { get; set; }

    /// <summary>Turns of the 32 banks that those take.</summary>
    public long SharedTurns { get; set; }

    /// <summary>The least turns that their bytes take.</summary>
    public long LeastSharedTurns { get; set; }

    /// <summary>Fused multiply-adds of threads.</summary>
    public long MultiplyAdds { get; set; }

    /// <summary>Barriers that groups met at.</summary>
    public long Barriers { get; set; }

    /// <summary>Bytes of all sectors.</summary>
    public long SectorsInBytes => (LoadedSectors + StoredSectors) * SectorBytes;
}
