using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Engram.Formats;

/// <summary>
/// Reads and writes .npy files, numpy's format for one array: the magic bytes, a version, the length of a header, the
/// header (a Python dictionary with element type, order and shape), the data. Versions 1 to 3 are read, in either byte
/// order and either storage order; written is version 1, little-endian, row-major, byte for byte as numpy does it.
/// </summary>
public static class NpyFile
{
    private const string Format = "npy";
    private const int MaxHeaderBytes = 1 << 20;
    private const int DataAlignment = 64;

    // numpy leaves room to grow the first dimension in place
    private const int GrowthDigits = 21;
    private const int MaxWrittenRank = 32;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads what a file says about its array, and checks that the data is as long as it must be.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Element type, shape and orders.</returns>
    /// <exception cref="TensorFormatException">The file is no .npy file, truncated or of an unsupported element type.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static NpyHeader ReadHeader(string path)
    {
        using var file = new BoundedFile(path, Format);
        return ReadHeader(file);
    }

    /// <summary>Reads an array whose elements have exactly the type <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">A primitive number, <see cref="Half"/> or <see cref="bool"/>.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="shape">The sizes of the dimensions; empty for a scalar.</param>
    /// <returns>The elements, row-major.</returns>
    /// <exception cref="TensorFormatException">The file is damaged or has another element type.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static T[] Read<T>(string path, out long[] shape)
        where T : unmanaged
    {
        using var file = new BoundedFile(path, Format);
        NpyHeader header = ReadHeader(file);
        if (header.Type != ElementTypes.Of<T>())
        {
            throw file.Fail(
                null, $"elements of type {ElementTypes.Of<T>()}", $"{header.Type}",
                "Read it by its own type, floating-point types with ReadSingles, or convert it with astype.");
        }

        T[] values = Allocate<T>(file, header);
        ElementBytes.Read(file, header.DataOffset, values.AsSpan(), header.BigEndian, null);
        shape = header.Shape.ToArray();
        return ToRowMajor(header, values);
    }

    /// <summary>Reads a floating-point array (f2, f4 or f8) as float32. f8 is rounded to the nearest float.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">The sizes of the dimensions; empty for a scalar.</param>
    /// <returns>The elements, row-major.</returns>
    /// <exception cref="TensorFormatException">The file is damaged, or its elements are integers or booleans.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static float[] ReadSingles(string path, out long[] shape)
    {
        using var file = new BoundedFile(path, Format);
        NpyHeader header = ReadHeader(file);
        float[] values = Allocate<float>(file, header);
        ElementBytes.ReadAsSingle(file, header.DataOffset, header.Type, values, header.BigEndian, null);
        shape = header.Shape.ToArray();
        return ToRowMajor(header, values);
    }

    /// <summary>Writes an array whole or not at all: see <see cref="AtomicFile"/>.</summary>
    /// <typeparam name="T">A primitive number, <see cref="Half"/> or <see cref="bool"/>.</typeparam>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="shape">The sizes of the dimensions, at most 32 of them; empty for a scalar.</param>
    /// <param name="values">The elements, row-major; as many as the shape says.</param>
    /// <exception cref="ArgumentException">The values do not fit the shape.</exception>
    /// <exception cref="IOException">The file could not be written; an old one is untouched.</exception>
    public static void Write<T>(string path, ReadOnlySpan<long> shape, ReadOnlySpan<T> values)
        where T : unmanaged =>
        AtomicFile.Write(path, new Content<T>(CheckedHeader<T>(shape, values.Length), values), static (content, stream) =>
        {
            stream.Write(content.Header);
            ElementBytes.Write(stream, content.Values);
        });

    /// <summary>Writes an array to a stream, front to back.</summary>
    /// <typeparam name="T">A primitive number, <see cref="Half"/> or <see cref="bool"/>.</typeparam>
    /// <param name="stream">A writable stream; it stays open.</param>
    /// <param name="shape">The sizes of the dimensions, at most 32 of them; empty for a scalar.</param>
    /// <param name="values">The elements, row-major; as many as the shape says.</param>
    /// <exception cref="ArgumentException">The values do not fit the shape.</exception>
    public static void WriteTo<T>(Stream stream, ReadOnlySpan<long> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(CheckedHeader<T>(shape, values.Length));
        ElementBytes.Write(stream, values);
    }

    private static NpyHeader ReadHeader(BoundedFile file)
    {
        const string remedy = "Check that the file was written by numpy.save, and is complete.";
        int magicBytes = Magic.Length + 2;
        if (file.Length < magicBytes + sizeof(ushort))
        {
            throw file.Fail(null, $"at least {magicBytes + sizeof(ushort)} bytes", $"{file.Length}", remedy);
        }

        Span<byte> start = stackalloc byte[magicBytes + sizeof(uint)];
        start = start[..(int)Math.Min(start.Length, file.Length)];
        file.Read(0, start, null);
        if (!start.StartsWith(Magic))
        {
            throw file.Fail(null, "the bytes 93 'NUMPY' first", $"{Convert.ToHexString(start[..Magic.Length])}", remedy);
        }

        (int version, int minor) = (start[6], start[7]);
        if (version is < 1 or > 3 || minor != 0)
        {
            throw file.Fail(null, "version 1.0, 2.0 or 3.0", $"{version}.{minor}", remedy);
        }

        int lengthBytes = version == 1 ? sizeof(ushort) : sizeof(uint);
        long headerStart = magicBytes + lengthBytes;
        if (file.Length < headerStart)
        {
            throw file.Fail(null, $"at least {headerStart} bytes", $"{file.Length}", remedy);
        }

        ReadOnlySpan<byte> field = start[magicBytes..];
        uint length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(field) : BinaryPrimitives.ReadUInt32LittleEndian(field);
        long limit = Math.Min(MaxHeaderBytes, file.Length - headerStart);
        if (length > limit)
        {
            throw file.Fail(
                null, $"a header of at most {limit} bytes (the file has {file.Length})", $"a header length of {length}", remedy);
        }

        byte[] text = new byte[length];
        file.Read(headerStart, text, null);
        return new NpyHeaderParser(file, text).Parse(version, headerStart + length);
    }

    private static T[] Allocate<T>(BoundedFile file, NpyHeader header) =>
        header.ElementCount <= Array.MaxLength
            ? new T[header.ElementCount]
            : throw file.Fail(
                null, $"at most {Array.MaxLength} elements", $"{header.ElementCount}", "Save the array in parts, or as safetensors.");

    // element (i0, i1, …) stands at i0 + n0·(i1 + n1·(i2 + …)) in the file
    private static T[] ToRowMajor<T>(NpyHeader header, T[] columns)
    {
        ReadOnlySpan<long> shape = header.Shape;
        if (!header.FortranOrder || shape.Length < 2 || columns.Length == 0)
        {
            return columns;
        }

        Span<long> strides = stackalloc long[shape.Length];
        Span<long> index = stackalloc long[shape.Length];
        index.Clear();
        long stride = 1;
        for (int d = 0; d < shape.Length; d++)
        {
            strides[d] = stride;
            stride *= shape[d];
        }

        var rows = new T[columns.Length];
        int last = shape.Length - 1;
        long source = 0;
        for (int target = 0; target < rows.Length;)
        {
            for (long i = 0; i < shape[last]; i++)
            {
                rows[target++] = columns[source + (i * strides[last])];
            }

            for (int d = last - 1; d >= 0; d--)
            {
                source += strides[d];
                if (++index[d] < shape[d])
                {
                    break;
                }

                source -= index[d] * strides[d];
                index[d] = 0;
            }
        }

        return rows;
    }

    private static byte[] CheckedHeader<T>(ReadOnlySpan<long> shape, int length)
        where T : unmanaged
    {
        ElementType type = ElementTypes.Of<T>();
        long expected = ShapeSize.CountArgument(shape, type.ByteSize(), Format, out _);
        if (expected != length || shape.Length > MaxWrittenRank)
        {
            throw new ArgumentException(
                $"{Format}: expected {expected} values for shape {Printable.Shape(shape)} of at most {MaxWrittenRank} dimensions, "
                + $"found {length} values and {shape.Length} dimensions. Pass the whole array, row-major.",
                nameof(shape));
        }

        return BuildHeader(type, shape);
    }

    private static byte[] BuildHeader(ElementType type, ReadOnlySpan<long> shape)
    {
        char order = type.ByteSize() == 1 ? '|' : '<';
        char kind = type == ElementType.Bool ? 'b' : char.ToLowerInvariant(type.ToString()[0]);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{'descr': '{order}{kind}{type.ByteSize()}', 'fortran_order': False, 'shape': (");
        for (int d = 0; d < shape.Length; d++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(d == 0 ? "" : " ")}{shape[d]}{(d < shape.Length - 1 || d == 0 ? "," : "")}");
        }

        text.Append("), }");
        if (shape.Length > 0)
        {
            text.Append(' ', GrowthDigits - shape[0].ToString(CultureInfo.InvariantCulture).Length);
        }

        int prefix = Magic.Length + 2 + sizeof(ushort);
        text.Append(' ', DataAlignment - ((prefix + text.Length + 1) % DataAlignment)).Append('\n');
        byte[] header = new byte[prefix + text.Length];
        Magic.CopyTo(header);
        header[Magic.Length] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(Magic.Length + 2), (ushort)text.Length);
        Encoding.ASCII.GetBytes(text.ToString(), header.AsSpan(prefix));
        return header;
    }

    private readonly ref struct Content<T>(ReadOnlySpan<byte> header, ReadOnlySpan<T> values)
    {
        public readonly ReadOnlySpan<byte> Header = header;
        public readonly ReadOnlySpan<T> Values = values;
    }
}
