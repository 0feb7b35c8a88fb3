namespace Engram.Formats;

/// <summary>What a .npy file says about its array before the data begins.</summary>
public sealed class NpyHeader
{
    private readonly long[] shape;

    internal NpyHeader(ElementType type, bool bigEndian, bool fortranOrder, long[] shape, long elementCount, int version, long dataOffset)
    {
        Type = type;
        BigEndian = bigEndian;
        FortranOrder = fortranOrder;
        this.shape = shape;
        ElementCount = elementCount;
        Version = version;
        DataOffset = dataOffset;
    }

    /// <summary>The type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>Whether the file stores the most significant byte first. Reading swaps the bytes.</summary>
    public bool BigEndian { get; }

    /// <summary>Whether the file stores columns first. Reading converts to rows first.</summary>
    public bool FortranOrder { get; }

    /// <summary>The sizes of the dimensions; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => shape;

    /// <summary>The product of the shape: 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>The major version of the format: 1, 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Where the data begins in the file, in bytes.</summary>
    public long DataOffset { get; }
}
