namespace Engram.Kernels;

/// <summary>A range of integers on a device: labels, row indices.</summary>
/// <param name="buffer">The memory.</param>
/// <param name="start">First element.</param>
/// <param name="count">Number of elements.</param>
public readonly struct IndexView(DeviceBuffer<int> buffer, int start, int count)
{
    /// <summary>The memory.</summary>
    public DeviceBuffer<int> Buffer { get; } = buffer;

    /// <summary>Index of the first element in the buffer.</summary>
    public int Start { get; } = start;

    /// <summary>Number of elements.</summary>
    public int Count { get; } = count;

    /// <summary>The whole buffer.</summary>
    public static IndexView All(DeviceBuffer<int> buffer) => new(buffer, 0, buffer.Length);

    /// <summary>A part of this range.</summary>
    public IndexView Range(int start, int count)
    {
        if (start < 0 || count < 0 || start + count > Count)
            throw new ArgumentOutOfRangeException(nameof(start), $"range {start}..{start + count} leaves the {Count} indices");
        return new IndexView(Buffer, Start + start, count);
    }

    /// <summary>The integers, when the host can reach them.</summary>
    public Span<int> HostSpan => Buffer.HostSpan.Slice(Start, Count);
}
