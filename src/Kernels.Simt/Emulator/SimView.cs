namespace Engram.Kernels.Simt;

/// <summary>A range of device or shared memory as a kernel sees it; every access is checked.</summary>
internal readonly struct SimView<T>(SimMemory<T> memory, int start, int length) where T : unmanaged
{
    public T this[int index]
    {
        get => memory.Read(start + Checked(index));
        set => memory.Write(start + Checked(index), value);
    }

    private int Checked(int index) => (uint)index < (uint)length ? index
        : throw new KernelFaultException(KernelFault.OutOfBounds, $"{SimThread.Current.Where()}: element {index} of a view of {length}");
}
