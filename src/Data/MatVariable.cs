using System.Buffers.Binary;
using System.Text;

namespace Engram.Data;

/// <summary>One variable of a MATLAB file: name, sizes, and its values as a stream in column-major order.</summary>
internal sealed class MatVariable : IDisposable
{
    private const int MatrixType = 14, MostDimensions = 32, LongestName = 4096;

    private readonly string _path;
    private readonly Stream _stream;
    private readonly bool _packed;
    private readonly bool _bigEndian;
    private long _left;

    /// <summary>Begins to read the inside of a matrix element.</summary>
    /// <param name="path">The name for errors.</param>
    /// <param name="stream">Stands behind the element's tag.</param>
    /// <param name="bytes">Bytes of the element.</param>
    /// <param name="bigEndian">The file's byte order.</param>
    public MatVariable(string path, Stream stream, long bytes, bool bigEndian)
        : this(path, stream, bytes, bigEndian, packed: false)
    {
        ReadHeader();
    }

    private MatVariable(string path, Stream stream, long bytes, bool bigEndian, bool packed)
    {
        _path = path;
        _stream = stream;
        _left = bytes;
        _bigEndian = bigEndian;
        _packed = packed;
    }

    /// <summary>The variable's name; empty for what is no numeric array.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Its sizes; none for what is no numeric array.</summary>
    public long[] Dimensions { get; private set; } = [];

    /// <summary>The type that its values are stored in: 1 int8, 2 uint8, 3 int16, 4 uint16, 5 int32, 6 uint32, 7 single, 9 double, 12 int64, 13 uint64.</summary>
    public int ValueType { get; private set; }

    /// <summary>Bytes of its values.</summary>
    public long ValueBytes { get; private set; }

    /// <summary>Bytes of one value.</summary>
    public int ValueSize => ValueType switch { 1 or 2 => 1, 3 or 4 => 2, 5 or 6 or 7 => 4, _ => 8 };

    /// <summary>The variable in a compressed element.</summary>
    /// <param name="path">The name for errors.</param>
    /// <param name="stream">The unpacked bytes, from the matrix's tag on; disposed with the variable.</param>
    /// <param name="mostBytes">What the packed bytes can possibly unpack to.</param>
    /// <param name="bigEndian">The file's byte order.</param>
    public static MatVariable OfPacked(string path, Stream stream, long mostBytes, bool bigEndian)
    {
        MatVariable variable = new(path, stream, mostBytes, bigEndian, packed: true);
        (int type, long bytes, _) = variable.Tag();
        if (type != MatrixType || bytes > variable._left)
        {
            throw variable.Wrong($"a matrix of at most {variable._left} bytes in a compressed element", $"type {type} of {bytes} bytes");
        }

        variable._left = bytes;
        variable.ReadHeader();
        return variable;
    }

    /// <summary>Reads the next values as they are stored.</summary>
    public void Fill(Span<byte> destination)
    {
        if (destination.Length > _left)
        {
            throw Wrong($"{destination.Length} more bytes of variable '{Name}'", $"{_left} in its element");
        }

        int got;
        try
        {
            got = _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (DataFormatException.IsDamage(e))
        {
            throw DataFormatException.OfZlib(_path, e);
        }

        if (got < destination.Length)
        {
            throw Wrong($"{destination.Length} bytes", $"the end of the element after {got}");
        }

        _left -= got;
    }

    /// <summary>Reads the next value as a number.</summary>
    public double Number()
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes = bytes[..ValueSize];
        Fill(bytes);
        if (_bigEndian)
        {
            bytes.Reverse();
        }

        return ValueType switch
        {
            1 => (sbyte)bytes[0],
            2 => bytes[0],
            3 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            5 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            6 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            7 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            12 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            13 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        };
    }

    /// <summary>Reads what is left of the element, where compressed data keep their checksum, and refuses more values than announced.</summary>
    public void CheckEnd()
    {
        Span<byte> padding = stackalloc byte[8];
        if (_left >= padding.Length)
        {
            throw Wrong($"the end of variable '{Name}' after its values", $"{_left} more bytes");
        }

        Fill(padding[..(int)_left]);
        if (_packed)
        {
            try
            {
                if (_stream.ReadByte() >= 0)
                {
                    throw Wrong($"the end of the compressed variable '{Name}'", "more bytes");
                }
            }
            catch (Exception e) when (DataFormatException.IsDamage(e))
            {
                throw DataFormatException.OfZlib(_path, e);
            }
        }
    }

    public void Dispose()
    {
        if (_packed)
        {
            _stream.Dispose();
        }
    }

    // array flags, sizes, name, then the tag of the values
    private void ReadHeader()
    {
        Span<byte> bytes = stackalloc byte[LongestName];
        (int type, long length, bool small) = Tag();
        if (type != 6 || length != 8)
        {
            throw Wrong("array flags (8 bytes of type 6)", $"{length} bytes of type {type}");
        }

        Fill(bytes[..8]);
        int arrayClass = (int)(UInt32(bytes) & 0xFF);
        bool complex = (UInt32(bytes) & 0x800) != 0;
        if (arrayClass is < 6 or > 15 || complex)
        {
            return; // cells, structures, text, complex numbers: not read here, and so without a name
        }

        (type, length, small) = Tag();
        if (type != 5 || length % 4 != 0 || length is < 8 or > 4 * MostDimensions)
        {
            throw Wrong("two sizes or more (type 5)", $"{length} bytes of type {type}");
        }

        Fill(bytes[..(int)Padded(length, small)]);
        Dimensions = new long[length / 4];
        long values = 1;
        for (int i = 0; i < Dimensions.Length; i++)
        {
            Dimensions[i] = UInt32(bytes[(4 * i)..]);
            if (Dimensions[i] > int.MaxValue || (Dimensions[i] > 0 && values > long.MaxValue / 8 / Dimensions[i]))
            {
                throw Wrong("sizes that fit into memory", string.Join("x", Dimensions.Take(i + 1)));
            }

            values *= Dimensions[i];
        }

        (type, length, small) = Tag();
        if (type != 1 || length > LongestName - 8)
        {
            throw Wrong("a name (type 1)", $"{length} bytes of type {type}");
        }

        Fill(bytes[..(int)Padded(length, small)]);
        Name = Encoding.ASCII.GetString(bytes[..(int)length]);
        (ValueType, ValueBytes, small) = Tag();
        if (ValueType is not ((>= 1 and <= 7) or 9 or 12 or 13) || ValueBytes != values * ValueSize || ValueBytes > _left)
        {
            throw Wrong(
                $"{values} values of '{Name}' ({string.Join("x", Dimensions)}) in the {_left} bytes left of its element",
                $"{ValueBytes} bytes of type {ValueType}");
        }

        if (small)
        {
            _left = 4; // values and padding share the tag's second half
        }
    }

    // type and length; a small element has both in four bytes and up to four bytes of data behind them
    private (int Type, long Bytes, bool Small) Tag()
    {
        Span<byte> word = stackalloc byte[4];
        Fill(word);
        uint first = UInt32(word);
        if (first >> 16 != 0)
        {
            return first >> 16 <= 4 ? ((int)(first & 0xFFFF), first >> 16, true) : throw Wrong("a small element of at most 4 bytes", $"{first >> 16}");
        }

        Fill(word);
        return ((int)first, UInt32(word), false);
    }

    private static long Padded(long bytes, bool small) => small ? 4 : (bytes + 7) & ~7L;

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private DataFormatException Wrong(string expected, string found) => new(_path, expected, found, "The file is damaged; get it again.");
}
