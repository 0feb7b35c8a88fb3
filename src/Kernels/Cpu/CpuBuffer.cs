using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engram.Kernels.Cpu;

/// <summary>Host memory: aligned native memory of its own, or a pinned managed array of the caller's, shared without a copy.</summary>
internal sealed unsafe class CpuBuffer<T> : DeviceBuffer<T> where T : unmanaged
{
    private const nuint Alignment = 64;
    private readonly bool _owned;
    private T* _pointer;
    private GCHandle _pin;

    public CpuBuffer(Device device, int length) : base(device, length)
    {
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        try
        {
            _pointer = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, Alignment), Alignment);
        }
        catch (OutOfMemoryException inner)
        {
            throw new OutOfMemoryException($"allocate: {bytes / 1048576.0:F1} MiB for {length} elements of {typeof(T).Name} could not be had; " +
                "use a smaller batch or model, or fewer cells in parallel", inner);
        }
        _owned = true;
        if (bytes > 0)
            GC.AddMemoryPressure((long)bytes);
    }

    public CpuBuffer(Device device, T[] shared) : base(device, shared.Length)
    {
        _pin = GCHandle.Alloc(shared, GCHandleType.Pinned);
        _pointer = (T*)_pin.AddrOfPinnedObject();
    }

    ~CpuBuffer() => Dispose(false);

    public T* Pointer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _pointer is not null ? _pointer : throw new ObjectDisposedException(nameof(DeviceBuffer<T>), "the buffer was disposed");
    }

    public override Span<T> HostSpan => new(Pointer, Length);

    protected override void Dispose(bool disposing)
    {
        if (_pointer is null)
            return;
        if (_owned)
        {
            NativeMemory.AlignedFree(_pointer);
            long bytes = (long)Length * sizeof(T);
            if (bytes > 0)
                GC.RemoveMemoryPressure(bytes);
        }
        else if (_pin.IsAllocated)
        {
            _pin.Free();
        }
        _pointer = null;
    }
}
