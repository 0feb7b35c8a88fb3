namespace Engram.Results;

/// <summary>Peak of one vector width.</summary>
public sealed record BenchWidth
{
    /// <summary>Bits of a vector.</summary>
    public required int Bits { get; init; }

    /// <summary>10⁹ float operations a second of fused multiply-adds on registers alone.</summary>
    public required double Gflops { get; init; }
}
