using System.Runtime.CompilerServices;

namespace Engram.Kernels.Simt;

/// <summary>Device memory of the emulator. The host cannot reach into it, as it could not on a GPU.</summary>
internal sealed class GpuBuffer<T>(Device device, int length, MemoryPool<SimBlock> pool) : MirroredBuffer<T>(device, length) where T : unmanaged
{
    private readonly SimBlock _block = pool.Take((long)length * Unsafe.SizeOf<T>(), $"{length} elements of {typeof(T).Name}");
    private SimMemory<T>? _memory = new(length);

    ~GpuBuffer() => Dispose(false);

    public SimMemory<T> Memory => _memory ?? throw new ObjectDisposedException(nameof(DeviceBuffer<T>), "the buffer was disposed");

    /// <summary>A range as kernels see it.</summary>
    public SimView<T> View(int start, int length) => new(Memory, start, length);

    protected override void Dispose(bool disposing)
    {
        if (_block is not null && _memory is not null) // a constructor that found no memory leaves a buffer without a block
            pool.GiveBack(_block, (long)Length * Unsafe.SizeOf<T>());
        _memory = null;
    }
}
