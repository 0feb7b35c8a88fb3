namespace Engram.Kernels;

/// <summary>What a device is asked for when it is made.</summary>
public sealed record DeviceOptions
{
    /// <summary>How products and convolutions read their operands. Other than <see cref="ProductPrecision.Fp32"/> on NVIDIA GPUs of compute capability 8.0 on.</summary>
    public ProductPrecision Precision { get; set; } = ProductPrecision.Fp32;
}
