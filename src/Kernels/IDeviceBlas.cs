namespace Engram.Kernels;

/// <summary>
/// Somebody else's matrix products in the memory and the stream of a device: cuBLAS on NVIDIA GPUs. No entry of a device uses it; it is what products are timed beside
/// (<c>engram bench --peer</c>). Disposed of before its device.
/// </summary>
public interface IDeviceBlas : IDisposable
{
    /// <summary>What tables call it, with everything that makes its figures other ones: <c>cuBLAS 12.4</c>, <c>cuBLAS 12.4 TF32</c>.</summary>
    string Name { get; }

    /// <summary>Its version and how it is set, in full.</summary>
    string Version { get; }

    /// <summary>Starts a product behind everything that the device was told before; it is done when the device is.</summary>
    /// <param name="product">Operands in this device's memory.</param>
    void Sgemm(in BlasProduct product);
}
