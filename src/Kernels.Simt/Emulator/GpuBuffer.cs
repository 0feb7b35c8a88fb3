namespace Engram.Kernels.Simt;

/// <summary>Device memory of the emulator. The host cannot reach into it, as it could not on a GPU.</summary>
internal sealed class GpuBuffer<T>(Device device, int length) : MirroredBuffer<T>(device, length) where T : unmanaged
{
    private SimMemory<T>? _memory = new(length);

    public SimMemory<T> Memory => _memory ?? throw new ObjectDisposedException(nameof(DeviceBuffer<T>), "the buffer was disposed");

    /// <summary>A range as kernels see it.</summary>
    public SimView<T> View(int start, int length) => new(Memory, start, length);

    protected override void Dispose(bool disposing) => _memory = null;
}
