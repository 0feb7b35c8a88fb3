namespace Engram.Kernels;

/// <summary>Bit patterns of IEEE single precision that the lanes share.</summary>
internal static class LaneBits
{
    /// <summary>The bits of 2/3 rounded up: the lower end of the mantissa interval of <see cref="ILane{T}.SplitExponent"/>.</summary>
    public const int TwoThirds = 0x3F2AAAAB;

    /// <summary>The 23 fraction bits.</summary>
    public const int FractionMask = 0x007FFFFF;

    /// <summary>
    /// What AVX-512's fix-up answers for each class of numbers, four bits each from the lowest: a quiet and a signaling NaN, 0, 1, −∞, ∞, negative, positive.
    /// 0 leaves the result, 3 is NaN, 4 is −∞, 5 is ∞.
    /// </summary>
    public const int LogarithmEnds = 0x0353_0433;
}
