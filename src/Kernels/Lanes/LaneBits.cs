namespace Engram.Kernels;

/// <summary>Bit patterns of IEEE single precision that the lanes share.</summary>
internal static class LaneBits
{
    /// <summary>The bits of 2/3 rounded up: the lower end of the mantissa interval of <see cref="ILane{T}.SplitExponent"/>.</summary>
    public const int TwoThirds = 0x3F2AAAAB;

    /// <summary>The 23 fraction bits.</summary>
    public const int FractionMask = 0x007FFFFF;
}
