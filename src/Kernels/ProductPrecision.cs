namespace Engram.Kernels;

/// <summary>How matrix products and convolutions read their operands. Memory and sums are float32 in every case.</summary>
public enum ProductPrecision
{
    /// <summary>As they are: 24 bits of precision. The default; never replaced without being asked for.</summary>
    Fp32,

    /// <summary>Rounded to TF32, 11 bits of precision: relative errors up to 2⁻¹¹ in every operand.</summary>
    Tf32,

    /// <summary>Rounded to bfloat16, 8 bits of precision: relative errors up to 2⁻⁸ in every operand.</summary>
    Bf16,
}
