namespace Engram.Kernels.Simt;

/// <summary>A range of device or shared memory as a kernel sees it; every access is checked.</summary>
internal readonly struct SimView<T>(SimMemory<T> memory, int start, int length) where T : unmanaged
{
    public T this[int index]
    {
        get => memory.Read(start + Checked(index));
        set => memory.Write(start + Checked(index), value);
    }

    /// <summary>A GPU reads and writes four floats at once only at multiples of 16 bytes, counted from the beginning of the memory and of the view.</summary>
    public void RequireQuad(int index)
    {
        if (((start | index) & 3) != 0)
            throw new KernelFaultException(KernelFault.Misaligned, $"{SimThread.Current.Where()}: four elements at once from element {index} of a view that begins at {start}; both must be multiples of four");
    }

    private int Checked(int index) => (uint)index < (uint)length ? index
        : throw new KernelFaultException(KernelFault.OutOfBounds, $"{SimThread.Current.Where()}: element {index} of a view of {length}");
}
