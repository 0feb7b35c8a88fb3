namespace Engram.Formats;

/// <summary>One tensor of a safetensors file: name, element type, shape, and where its bytes are.</summary>
public sealed class SafetensorsEntry
{
    private readonly long[] shape;

    internal SafetensorsEntry(string name, ElementType type, long[] shape, long elementCount, long begin, long end)
    {
        Name = name;
        Type = type;
        this.shape = shape;
        ElementCount = elementCount;
        Begin = begin;
        End = end;
    }

    /// <summary>The name, such as <c>0.weight</c>.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>The sizes of the dimensions, row-major; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => shape;

    /// <summary>The product of the shape: 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>The bytes that the elements take.</summary>
    public long ByteLength => End - Begin;

    /// <summary>The first byte of the tensor, counted from the end of the header.</summary>
    public long Begin { get; }

    /// <summary>The byte after the tensor's last one, counted from the end of the header.</summary>
    public long End { get; }

    /// <summary>Name, type and shape: <c>0.weight: F32 [100, 784]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Printable.Text(Name)}: {Type} {Printable.Shape(shape)}";
}
