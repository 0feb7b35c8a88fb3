using ILGPU;
using ILGPU.Runtime;

namespace Engram.Kernels.Simt;

/// <summary>Memory of an ILGPU accelerator: a block of the device's pool.</summary>
internal sealed class GpuBuffer<T>(Device device, int length, MemoryPool<MemoryBuffer1D<byte, Stride1D.Dense>> pool) : MirroredBuffer<T>(device, length) where T : unmanaged
{
    private MemoryBuffer1D<byte, Stride1D.Dense>? _memory = pool.Take((long)length * Interop.SizeOf<T>(), $"{length} elements of {typeof(T).Name}");

    ~GpuBuffer() => Dispose(false);

    private MemoryBuffer1D<byte, Stride1D.Dense> Memory => _memory ?? throw new ObjectDisposedException(nameof(DeviceBuffer<T>), "the buffer was disposed");

    /// <summary>A range as kernels see it.</summary>
    public ArrayView<T> View(int start, int length) => Memory.View.AsContiguous().Cast<T>().SubView(start, length);

    /// <summary>Where an element lies on the device.</summary>
    public nint Address(int element) => Memory.NativePtr + ((nint)element * Interop.SizeOf<T>());

    protected override void Dispose(bool disposing)
    {
        if (_memory is not null)
            pool.GiveBack(_memory, (long)Length * Interop.SizeOf<T>());
        _memory = null;
    }
}
