using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace Engram.Kernels.Ilgpu;

/// <summary>
/// Page-locked host memory that uploads go through, one behind the other: the caller's elements are copied there, the stream copies them on, and nobody waits. When the
/// end is reached the stream is waited for; whoever waits for it anyway says so (<see cref="Settled"/>), and it begins anew.
/// </summary>
internal sealed class PinnedStaging : IDisposable
{
    private const int Capacity = 16 << 20, Alignment = 256;

    private readonly Accelerator _accelerator;
    private readonly PageLockedArray1D<byte> _memory;
    private int _used;

    public PinnedStaging(Accelerator accelerator)
    {
        _accelerator = accelerator;
        _memory = accelerator.AllocatePageLocked1D<byte>(Capacity);
    }

    /// <summary>Uploads through the staging memory; what is larger than half of it goes its own way, and waits.</summary>
    public void Send<T>(ReadOnlySpan<T> source, ArrayView<T> target) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(source);
        if (bytes.Length > Capacity / 2)
        {
            target.CopyFromCPU(_accelerator.DefaultStream, source);
            return;
        }

        if (_used + bytes.Length > Capacity)
        {
            _accelerator.DefaultStream.Synchronize();
            _used = 0;
        }

        bytes.CopyTo(_memory.Span[_used..]);
        target.Cast<byte>().CopyFrom(_accelerator.DefaultStream, _memory.ArrayView.SubView(_used, bytes.Length));
        _used += (bytes.Length + Alignment - 1) / Alignment * Alignment;
    }

    /// <summary>Everything sent so far has arrived.</summary>
    public void Settled() => _used = 0;

    public void Dispose() => _memory.Dispose();
}
