namespace Engram.Benchmarks.Bdn;

/// <summary>What a column shows.</summary>
internal enum Figure
{
    /// <summary>10⁹ float operations a second.</summary>
    Gflops,

    /// <summary>10⁹ bytes a second.</summary>
    Gbps,

    /// <summary>Float operations per byte.</summary>
    Intensity,

    /// <summary>Percent of the measured roof.</summary>
    Roof,
}
