namespace Engram.Kernels.Simt;

/// <summary>How far an operand's elements lie apart along the axes of a <see cref="Space"/>.</summary>
internal struct Steps
{
    public int S0, S1, S2, S3, S4, S5;
}
