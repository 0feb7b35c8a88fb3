namespace Engram.Results;

/// <summary>What the caches or the memory gave for working sets of one size.</summary>
public sealed record BenchBandwidth
{
    /// <summary>Bytes that the probe went through again and again.</summary>
    public required long Bytes { get; init; }

    /// <summary>10⁹ bytes a second of a[i] = b[i] + s·c[i], twelve bytes an element.</summary>
    public required double TriadGbps { get; init; }

    /// <summary>10⁹ bytes a second of reading alone (a sum).</summary>
    public required double ReadGbps { get; init; }
}
