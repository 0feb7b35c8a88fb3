using System.Runtime.CompilerServices;

namespace Engram.Kernels.Simt;

/// <summary>A range of device or shared memory as a kernel sees it; every access is checked.</summary>
internal readonly struct SimView<T>(SimMemory<T> memory, int start, int length) where T : unmanaged
{
    public T this[int index]
    {
        get
        {
            Count(index, 1, false);
            return memory.Read(start + Checked(index));
        }

        set
        {
            Count(index, 1, true);
            memory.Write(start + Checked(index), value);
        }
    }

    /// <summary>An element of four that are read at once; <see cref="Four"/> was called for them.</summary>
    public T Read(int index) => memory.Read(start + Checked(index));

    /// <summary>An element of four that are written at once.</summary>
    public void Write(int index, T value) => memory.Write(start + Checked(index), value);

    /// <summary>
    /// Four elements are about to be read or written at once. A GPU does that only at multiples of 16 bytes, counted from the beginning of the memory and of the view.
    /// </summary>
    public void Four(int index, bool store)
    {
        if (((start | index) & 3) != 0)
            throw new KernelFaultException(KernelFault.Misaligned, $"{SimThread.Current.Where()}: four elements at once from element {index} of a view that begins at {start}; both must be multiples of four");
        Count(index, 4, store);
    }

    private void Count(int index, int elements, bool store)
    {
        SimThread thread = SimThread.Current;
        thread.Trace?.Access(thread.Thread, memory.IsShared, store, memory.Number, (long)(start + index) * Unsafe.SizeOf<T>(), elements * Unsafe.SizeOf<T>());
    }

    private int Checked(int index) => (uint)index < (uint)length ? index
        : throw new KernelFaultException(KernelFault.OutOfBounds, $"{SimThread.Current.Where()}: element {index} of a view of {length}");
}
