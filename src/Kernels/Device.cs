namespace Engram.Kernels;

/// <summary>
/// One device, one set of kernels. The contract is a closed list of entry families; the set of operations on top is open:
/// a new operation is a new op struct or a composition, never a new entry.
/// </summary>
public abstract partial class Device : IDisposable
{
    /// <summary>What a user would call it: <c>cpu (2 threads, 512-bit)</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Whether host code can reach into this device's memory (<see cref="DeviceBuffer{T}.HostSpan"/>). Elsewhere elements travel by <see cref="Upload{T}"/>
    /// and <see cref="Download{T}"/> alone.
    /// </summary>
    public virtual bool IsHostMemory => true;

    /// <summary>How products and convolutions read their operands; decompositions stay in float32.</summary>
    public virtual ProductPrecision Precision => ProductPrecision.Fp32;

    /// <summary>Which kernels products and convolutions took; null on a device whose <see cref="Precision"/> is float32.</summary>
    public virtual ProductCounts? ProductCounts => null;

    /// <summary>The CPU with one thread: always there, shared by the whole process, never disposed.</summary>
    public static Device Host { get; } = new Engram.Kernels.Cpu.CpuDevice(1);

    /// <summary>The CPU with a number of threads; 0 takes all cores. Results do not depend on the number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or above 1024.</exception>
    public static Device Cpu(int threads = 1) => threads == 1 ? Host : new Engram.Kernels.Cpu.CpuDevice(threads == 0 ? Environment.ProcessorCount : threads);

    /// <summary>Uninitialized memory for <paramref name="length"/> elements, aligned to 64 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">The device has not that much memory left; the message names the size.</exception>
    public abstract DeviceBuffer<T> Allocate<T>(int length) where T : unmanaged;

    /// <summary>The caller's array as device memory without a copy, where the device can do that.</summary>
    /// <exception cref="NotSupportedException">The device has memory of its own: allocate and upload.</exception>
    public virtual DeviceBuffer<float> Share(float[] elements) =>
        throw new NotSupportedException($"{Name} cannot share host memory; allocate a buffer and upload the elements");

    /// <summary>Copies host elements into a buffer.</summary>
    public abstract void Upload<T>(ReadOnlySpan<T> source, DeviceBuffer<T> destination, int start) where T : unmanaged;

    /// <summary>Copies a buffer's elements to the host, after all kernels that write them have finished.</summary>
    public abstract void Download<T>(DeviceBuffer<T> source, int start, Span<T> destination) where T : unmanaged;

    /// <summary>
    /// Runs independent pieces of host work, side by side where the device has threads of its own. Entries of this device that a piece calls run on that
    /// piece's thread alone, with the same results.
    /// </summary>
    /// <typeparam name="TBody">The work.</typeparam>
    /// <param name="pieces">Number of pieces.</param>
    /// <param name="body">The work; one copy is shared by all threads and copied back at the end.</param>
    public virtual void RunHost<TBody>(int pieces, ref TBody body) where TBody : struct, IChunkBody
    {
        for (int i = 0; i < pieces; i++)
            body.Execute(i);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees threads, streams and pools.</summary>
    protected abstract void Dispose(bool disposing);
}
