namespace Engram.Kernels.Cpu;

/// <summary>The vector width of the matrix product's micro-kernels.</summary>
public enum GemmRung
{
    /// <summary>128 bits: ARM.</summary>
    Bits128,

    /// <summary>256 bits: AVX2 with FMA.</summary>
    Bits256,

    /// <summary>512 bits: AVX-512.</summary>
    Bits512,
}
