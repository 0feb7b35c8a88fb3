namespace Engram.Kernels;

/// <summary>A block of elements that one device owns. Offsets and lengths are in elements.</summary>
/// <typeparam name="T">float for values, int for indices and labels.</typeparam>
public abstract class DeviceBuffer<T> : IDisposable where T : unmanaged
{
    /// <summary>Wraps a block of the given length.</summary>
    protected DeviceBuffer(Device device, int length)
    {
        Device = device;
        Length = length;
    }

    /// <summary>The device whose kernels can read this memory.</summary>
    public Device Device { get; }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>The elements, where host code can reach them without a copy.</summary>
    /// <exception cref="InvalidOperationException">The memory is not reachable from the host: use <see cref="Device.Download{T}"/>.</exception>
    public abstract Span<T> HostSpan { get; }

    /// <summary>Gives the memory back. Using the buffer afterwards is an error.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory; called once.</summary>
    protected abstract void Dispose(bool disposing);
}
