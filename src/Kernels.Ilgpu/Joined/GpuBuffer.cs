using ILGPU;
using ILGPU.Runtime;

namespace Engram.Kernels.Simt;

/// <summary>Memory of an ILGPU accelerator.</summary>
internal sealed class GpuBuffer<T>(Device device, int length, MemoryBuffer1D<T, Stride1D.Dense> memory) : MirroredBuffer<T>(device, length) where T : unmanaged
{
    private MemoryBuffer1D<T, Stride1D.Dense>? _memory = memory;

    /// <summary>A range as kernels see it.</summary>
    public ArrayView<T> View(int start, int length) =>
        (_memory ?? throw new ObjectDisposedException(nameof(DeviceBuffer<T>), "the buffer was disposed")).View.AsContiguous().SubView(start, length);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _memory?.Dispose();
        _memory = null;
    }
}
