using System.Buffers.Binary;
using System.Text.Json;

namespace Engram.Formats;

/// <summary>
/// Writes a safetensors file. Tensors stand in the file in the order in which they were added, one directly after the
/// other, little-endian and row-major; the header is padded with spaces to a multiple of 8 bytes. The same calls make the
/// same bytes. Payloads are streamed from the caller's memory and never copied as a whole.
/// </summary>
public sealed class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    private readonly List<(string Name, ElementType Type, long[] Shape, long Bytes, Action<Stream> Write)> tensors = [];
    private readonly List<(string Key, string Value)> metadata = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly HashSet<string> metadataKeys = new(StringComparer.Ordinal);

    /// <summary>Adds a text to <c>__metadata__</c>.</summary>
    /// <param name="key">The key, once per file.</param>
    /// <param name="value">The text.</param>
    /// <exception cref="ArgumentException">The key is there already, or a text is no valid Unicode.</exception>
    public void AddMetadata(string key, string value)
    {
        CheckUnicode(key, nameof(key));
        CheckUnicode(value, nameof(value));
        if (!metadataKeys.Add(key))
        {
            throw new ArgumentException(
                $"{SafetensorsFile.Format}: metadata: expected every key once, found '{Printable.Text(key)}' again.", nameof(key));
        }

        metadata.Add((key, value));
    }

    /// <summary>Adds a tensor whose bytes a delegate writes when the file is written.</summary>
    /// <param name="name">The name, such as <c>0.weight</c>.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The sizes of the dimensions; empty for a scalar.</param>
    /// <param name="write">Writes exactly the tensor's bytes, row-major and little-endian, in pieces of any size.</param>
    /// <exception cref="ArgumentException">The name is taken, reserved or no valid Unicode; the shape is negative or too large.</exception>
    public void Add(string name, ElementType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        CheckUnicode(name, nameof(name));
        ShapeSize.CountArgument(shape, type.ByteSize(), $"{SafetensorsFile.Format}: tensor '{Printable.Text(name)}'", out long bytes);
        if (name == SafetensorsHeader.MetadataKey || !names.Add(name))
        {
            string found = name == SafetensorsHeader.MetadataKey ? "the name that the format reserves" : "this name again";
            throw new ArgumentException(
                $"{SafetensorsFile.Format}: tensor '{Printable.Text(name)}': expected every tensor under a name of its own, "
                + $"found {found}. Rename one.",
                nameof(name));
        }

        tensors.Add((name, type, shape.ToArray(), bytes, write));
    }

    /// <summary>Adds a tensor given as bytes.</summary>
    /// <param name="name">The name, such as <c>0.weight</c>.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The sizes of the dimensions; empty for a scalar.</param>
    /// <param name="bytes">The elements, row-major and little-endian. They must not change before the file is written.</param>
    /// <exception cref="ArgumentException">The bytes do not fit the shape, or the name or shape is refused.</exception>
    public void Add(string name, ElementType type, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        ShapeSize.CountArgument(shape, type.ByteSize(), $"{SafetensorsFile.Format}: tensor '{Printable.Text(name)}'", out long expected);
        CheckCount(name, shape, "bytes", expected, bytes.Length, nameof(bytes));
        Add(name, type, shape, stream => ElementBytes.Write(stream, bytes.Span));
    }

    /// <summary>Adds a tensor given as values; the element type is that of <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">A primitive number, <see cref="Half"/> or <see cref="bool"/>.</typeparam>
    /// <param name="name">The name, such as <c>0.weight</c>.</param>
    /// <param name="shape">The sizes of the dimensions; empty for a scalar.</param>
    /// <param name="values">The elements, row-major. They must not change before the file is written.</param>
    /// <exception cref="ArgumentException">The values do not fit the shape, or the name or shape is refused.</exception>
    public void Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(name);
        ElementType type = ElementTypes.Of<T>();
        long expected = ShapeSize.CountArgument(
            shape, type.ByteSize(), $"{SafetensorsFile.Format}: tensor '{Printable.Text(name)}'", out _);
        CheckCount(name, shape, "values", expected, values.Length, nameof(values));
        Add(name, type, shape, stream => ElementBytes.Write(stream, values.Span));
    }

    /// <summary>Adds a tensor given as an array; the element type is that of <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">A primitive number, <see cref="Half"/> or <see cref="bool"/>.</typeparam>
    /// <param name="name">The name, such as <c>0.weight</c>.</param>
    /// <param name="shape">The sizes of the dimensions; empty for a scalar.</param>
    /// <param name="values">The elements, row-major. They must not change before the file is written.</param>
    /// <exception cref="ArgumentException">The values do not fit the shape, or the name or shape is refused.</exception>
    public void Add<T>(string name, ReadOnlySpan<long> shape, T[] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        Add(name, shape, (ReadOnlyMemory<T>)values);
    }

    /// <summary>Writes the file whole or not at all: see <see cref="AtomicFile"/>.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <exception cref="IOException">The file could not be written; an old one is untouched.</exception>
    /// <exception cref="InvalidOperationException">A provider wrote another number of bytes than its shape takes.</exception>
    public void Save(string path) => AtomicFile.Write(path, WriteTo);

    /// <summary>Writes the content of the file to a stream, front to back.</summary>
    /// <param name="stream">A writable stream; it stays open.</param>
    /// <exception cref="InvalidOperationException">A provider wrote another number of bytes than its shape takes.</exception>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] header = BuildHeader();
        Span<byte> prefix = stackalloc byte[SafetensorsFile.PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach ((string name, _, _, long bytes, Action<Stream> write) in tensors)
        {
            using var payload = new PayloadStream(stream, name, bytes);
            write(payload);
            payload.CheckComplete();
        }
    }

    private byte[] BuildHeader()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long begin = 0;
            foreach ((string name, ElementType type, long[] shape, long bytes, _) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type.SafetensorsName());
                WriteIntegers(json, "shape", shape);
                WriteIntegers(json, "data_offsets", [begin, checked(begin + bytes)]);
                json.WriteEndObject();
                begin += bytes;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % HeaderAlignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.Length <= SafetensorsFile.MaxHeaderBytes
            ? buffer.ToArray()
            : throw new InvalidOperationException(
                $"{SafetensorsFile.Format}: expected a header of at most {SafetensorsFile.MaxHeaderBytes} bytes, found {buffer.Length}. "
                + "Spread the tensors over several files.");
    }

    private static void WriteIntegers(Utf8JsonWriter json, string key, ReadOnlySpan<long> values)
    {
        json.WriteStartArray(key);
        foreach (long value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static void CheckCount(
        string name, ReadOnlySpan<long> shape, string unit, long expected, long found, string parameter)
    {
        if (found != expected)
        {
            throw new ArgumentException(
                $"{SafetensorsFile.Format}: tensor '{Printable.Text(name)}': expected {expected} {unit} "
                + $"for shape {Printable.Shape(shape)}, found {found}. Pass the whole tensor, row-major.",
                parameter);
        }
    }

    // half a surrogate pair would be written as U+FFFD, and two names could become one
    private static void CheckUnicode(string text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                throw new ArgumentException(
                    $"{SafetensorsFile.Format}: expected valid Unicode, found half of a surrogate pair "
                    + $"in '{Printable.Text(text)}'. Correct the text.",
                    parameter);
            }
        }
    }
}
