using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Engram.Formats;

/// <summary>
/// Reads a safetensors file: 8 bytes of header length (little-endian), a JSON header, then the bytes of all tensors,
/// row-major and little-endian, without holes or overlaps. Opening reads and checks the header only; each tensor is read
/// on demand into the caller's memory. Files written by PyTorch's safetensors library are read as they are. Reading from
/// several threads at once is allowed.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>The largest header that is accepted, in bytes; the limit of the format's own library.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    internal const string Format = "safetensors";
    internal const int PrefixBytes = 8;
    private const int NamesShown = 8;

    private readonly BoundedFile file;
    private readonly long dataOffset;
    private readonly List<SafetensorsEntry> entries;
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsEntry> byName = new(StringComparer.Ordinal);

    private SafetensorsFile(BoundedFile file)
    {
        this.file = file;
        if (file.Length < PrefixBytes)
        {
            throw file.Fail(null, "at least 8 bytes", $"{file.Length}", "The file is truncated: copy or write it again.");
        }

        Span<byte> prefix = stackalloc byte[PrefixBytes];
        file.Read(0, prefix, null);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        ulong limit = (ulong)Math.Min(MaxHeaderBytes, file.Length - PrefixBytes);
        if (headerBytes > limit)
        {
            throw file.Fail(
                null, $"a header of at most {limit} bytes (the file has {file.Length})", $"a header length of {headerBytes}",
                "The file is truncated or is not safetensors: check where it comes from.");
        }

        byte[] header = new byte[headerBytes];
        file.Read(PrefixBytes, header, null);
        dataOffset = PrefixBytes + (long)headerBytes;
        entries = SafetensorsHeader.Parse(file, header, file.Length - dataOffset, metadata);
        foreach (SafetensorsEntry entry in entries)
        {
            byName.Add(entry.Name, entry);
        }
    }

    /// <summary>The path that was opened.</summary>
    public string Path => file.Path;

    /// <summary>The tensors in the order of the header.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => entries;

    /// <summary>The texts under <c>__metadata__</c>; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; dispose it to close it.</returns>
    /// <exception cref="TensorFormatException">The header is not strict safetensors.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new BoundedFile(path, Format);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Looks a tensor up by its name.</summary>
    /// <param name="name">The name, compared byte for byte.</param>
    /// <param name="entry">The tensor where there is one.</param>
    /// <returns>Whether the file has it.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorsEntry? entry) => byName.TryGetValue(name, out entry);

    /// <summary>The tensor of a name that must be there.</summary>
    /// <param name="name">The name, compared byte for byte.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="TensorFormatException">The file has no such tensor; the message names those it has.</exception>
    public SafetensorsEntry Require(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (byName.TryGetValue(name, out SafetensorsEntry? entry))
        {
            return entry;
        }

        string names = string.Join(", ", entries.Take(NamesShown).Select(static e => Printable.Text(e.Name)));
        throw file.Fail(
            name, "a tensor of this name", $"{entries.Count} others: {names}{(entries.Count > NamesShown ? ", …" : "")}",
            "Check that the file belongs to this model.");
    }

    /// <summary>The tensor of a name that must be there, with a shape that must be as given.</summary>
    /// <param name="name">The name, compared byte for byte.</param>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="TensorFormatException">The file has no such tensor, or its shape differs.</exception>
    public SafetensorsEntry Require(string name, ReadOnlySpan<long> shape)
    {
        SafetensorsEntry entry = Require(name);
        return entry.Shape.SequenceEqual(shape)
            ? entry
            : throw file.Fail(
                name, $"shape {Printable.Shape(shape)}", $"shape {Printable.Shape(entry.Shape)}",
                "Check that the file belongs to a model with these sizes.");
    }

    /// <summary>Reads a tensor's bytes as they are in the file: row-major, little-endian.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Receives the bytes; as long as <see cref="SafetensorsEntry.ByteLength"/>.</param>
    /// <exception cref="TensorFormatException">No such tensor, or the file was cut since it was opened.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void ReadBytes(string name, Span<byte> destination)
    {
        SafetensorsEntry entry = Require(name);
        CheckLength(entry, entry.ByteLength, destination.Length, nameof(destination));
        file.Read(dataOffset + entry.Begin, destination, name);
    }

    /// <summary>Reads a tensor whose elements have exactly the type <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">A primitive number, <see cref="Half"/> or <see cref="bool"/>.</typeparam>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Receives the elements, row-major; as long as <see cref="SafetensorsEntry.ElementCount"/>.</param>
    /// <exception cref="TensorFormatException">No such tensor, another element type, or a boolean that is neither 0 nor 1.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Read<T>(string name, Span<T> destination)
        where T : unmanaged
    {
        SafetensorsEntry entry = Require(name);
        if (entry.Type != ElementTypes.Of<T>())
        {
            throw file.Fail(
                name, $"elements of type {ElementTypes.Of<T>()}", $"{entry.Type}",
                "Read it by its own type, floating-point types with ReadSingles.");
        }

        CheckLength(entry, entry.ElementCount, destination.Length, nameof(destination));
        ElementBytes.Read(file, dataOffset + entry.Begin, destination, bigEndian: false, name);
    }

    /// <summary>Reads a floating-point tensor (F32, F16, BF16 or F64) as float32. F64 is rounded to the nearest float.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Receives the elements, row-major; as long as <see cref="SafetensorsEntry.ElementCount"/>.</param>
    /// <exception cref="TensorFormatException">No such tensor, or its elements are integers or booleans.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void ReadSingles(string name, Span<float> destination)
    {
        SafetensorsEntry entry = Require(name);
        CheckLength(entry, entry.ElementCount, destination.Length, nameof(destination));
        ElementBytes.ReadAsSingle(file, dataOffset + entry.Begin, entry.Type, destination, bigEndian: false, name);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private void CheckLength(SafetensorsEntry entry, long expected, long length, string parameter)
    {
        if (length != expected)
        {
            throw new ArgumentException(
                $"{Format}: {Path}: tensor '{Printable.Text(entry.Name)}' {entry.Type} {Printable.Shape(entry.Shape)}: "
                + $"expected a destination of length {expected}, found {length}. Require(name, shape) checks the shape first.",
                parameter);
        }
    }
}
