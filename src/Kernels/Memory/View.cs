namespace Engram.Kernels;

/// <summary>A buffer of floats read through a layout: the operand type of every kernel.</summary>
/// <param name="buffer">The memory.</param>
/// <param name="layout">How it is read.</param>
public readonly struct View(DeviceBuffer<float> buffer, Layout layout)
{
    /// <summary>The memory.</summary>
    public DeviceBuffer<float> Buffer { get; } = buffer;

    /// <summary>Sizes, strides and offset in that memory.</summary>
    public readonly Layout Layout = layout;

    /// <summary>Number of elements.</summary>
    public int Count => Layout.Count;

    /// <summary>The same memory under another layout.</summary>
    public View With(in Layout layout) => new(Buffer, layout);

    /// <summary>A range of a contiguous vector [n].</summary>
    public View Range(int start, int count) => new(Buffer, Layout.Slice(0, start, count));

    /// <summary>The elements as one span, when they are contiguous and reachable from the host.</summary>
    /// <exception cref="InvalidOperationException">The layout has gaps, or the memory is on another device.</exception>
    public Span<float> HostSpan
    {
        get
        {
            if (!Layout.IsContiguous)
                throw new InvalidOperationException($"the elements of this {Layout} view are not contiguous; copy it first (Tensor.Contiguous)");
            return Buffer.HostSpan.Slice(Layout.Offset, Layout.Count);
        }
    }
}
