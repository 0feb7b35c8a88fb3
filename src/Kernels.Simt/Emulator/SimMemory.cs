using System.Runtime.InteropServices;

namespace Engram.Kernels.Simt;

/// <summary>Elements that know who read and wrote them last. New memory holds NaN (or −1), so that what nobody wrote shows.</summary>
internal sealed class SimMemory<T> where T : unmanaged
{
    private readonly SimAccess[] _writes, _reads;

    public SimMemory(int length, bool isShared = false)
    {
        IsShared = isShared;
        Elements = GC.AllocateUninitializedArray<T>(length);
        MemoryMarshal.AsBytes(Elements.AsSpan()).Fill(0xFF);
        _writes = new SimAccess[length];
        _reads = new SimAccess[length];
    }

    public T[] Elements { get; }

    public bool IsShared { get; }

    /// <summary>Tells it from other memory.</summary>
    public int Number { get; } = SimThread.NextNumber();

    public int Length => Elements.Length;

    public T Read(int index)
    {
        SimThread thread = SimThread.Current;
        if (IsShared && _writes[index].IsNever)
            throw new KernelFaultException(KernelFault.UninitializedShared, $"{thread.Where()}: element {index} of shared memory is read before it was written");
        if (_writes[index].IsUnordered(thread))
            throw Race(thread, index, "reads what another thread wrote");
        _reads[index].Join(thread);
        return Elements[index];
    }

    public void Write(int index, T value)
    {
        SimThread thread = SimThread.Current;
        if (_writes[index].IsUnordered(thread))
            throw Race(thread, index, "writes what another thread wrote");
        if (_reads[index].IsUnordered(thread))
            throw Race(thread, index, "writes what another thread read");
        _writes[index].Set(thread);
        Elements[index] = value;
    }

    private KernelFaultException Race(SimThread thread, int index, string what) => new(KernelFault.Race,
        $"{thread.Where()}: {what}, element {index} of {(IsShared ? "shared" : "device")} memory, with no barrier between them");
}
