namespace Engram.Kernels.Cpu;

/// <summary>How a loop over whole lanes meets the caches; its members are constants to the JIT.</summary>
internal interface IWritePolicy
{
    /// <summary>Whether results go past the caches and inputs are asked for ahead of time.</summary>
    static abstract bool PastCaches { get; }
}

/// <summary>Results stay in the caches: they fit there, or the result is one of the inputs.</summary>
internal readonly struct Cached : IWritePolicy
{
    public static bool PastCaches => false;
}

/// <summary>
/// Results longer than the near caches. An ordinary store reads the line it will overwrite whole; the hardware's own prefetching ends at
/// every 4 KiB page.
/// </summary>
internal readonly struct Streamed : IWritePolicy
{
    public static bool PastCaches => true;
}
