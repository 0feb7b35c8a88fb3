using Microsoft.Win32.SafeHandles;

namespace Engram.Formats;

/// <summary>
/// A file whose length was taken once, read at given offsets. Reads have no shared position, so that several threads may
/// use it at the same time. Every complaint about the content is made here, with the file's name in it.
/// </summary>
internal sealed class BoundedFile : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly string format;

    public BoundedFile(string path, string format)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        this.format = format;
        handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.None);
        try
        {
            Length = RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException e)
        {
            handle.Dispose();
            throw Fail(null, "a regular file", "a pipe or a device", "Copy it to a file first.", e);
        }
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Fills the destination from the offset on; a file that became shorter is reported as truncated.</summary>
    public void Read(long offset, Span<byte> destination, string? tensor)
    {
        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(handle, destination, offset);
            if (count == 0)
            {
                throw Fail(
                    tensor, $"{destination.Length} more bytes at offset {offset}", "the end of the file",
                    "The file was cut while it was open: read it again when nobody writes to it.");
            }

            offset += count;
            destination = destination[count..];
        }
    }

    public TensorFormatException Fail(string? tensor, string expected, string found, string remedy, Exception? inner = null) =>
        new(format, Path, tensor, expected, found, remedy, inner);

    public void Dispose() => handle.Dispose();
}
