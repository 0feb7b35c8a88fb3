namespace Engram.Kernels.Simt;

/// <summary>
/// Device memory that the host cannot reach. Integers (labels, row numbers) keep a copy on the host from their upload on, so that an entry can check them
/// without waiting for the device.
/// </summary>
internal abstract class MirroredBuffer<T>(Device device, int length) : DeviceBuffer<T>(device, length) where T : unmanaged
{
    /// <summary>The copy on the host; null for memory that has none.</summary>
    public T[]? Mirror { get; } = typeof(T) == typeof(int) ? new T[length] : null;

    /// <summary>Whether a kernel has written since the copy was made.</summary>
    public bool IsStale { get; set; }

    public override Span<T> HostSpan => throw new InvalidOperationException(
        $"the memory is on {Device.Name}, which the host cannot reach into: use Device.Upload and Device.Download");
}
