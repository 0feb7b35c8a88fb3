using System.IO.Compression;

namespace Engram.Data;

/// <summary>
/// Reads PNG images (ISO/IEC 15948): all colour types and bit depths, interlaced or not, checksums verified. Gray images, with or without
/// transparency, give one plane, all others three. Deeper samples are rounded to bytes; transparency and colour profiles are ignored, as image loaders
/// of learning frameworks do.
/// </summary>
public static class PngFile
{
    /// <summary>Reads one image.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataFormatException">The file is no valid PNG image.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static PngImage Load(string path)
    {
        using FileStream file = Open(path);
        PngChunks chunks = new(path, file);
        PngHeader header = chunks.Header;
        // DEFLATE's limit says whether the file can hold such an image, before any of it is allocated
        if (header.UnpackedBytes > file.Length * DataFile.MaxDeflateRatio)
        {
            throw new DataFormatException(
                path, $"an image of {header.Height}x{header.Width}, as its header says",
                $"a file of {file.Length} bytes, which cannot unpack to {header.UnpackedBytes}", "The header is damaged; get the file again.");
        }

        if ((long)header.Height * header.Width * header.Channels > Array.MaxLength)
        {
            throw new DataFormatException(path, $"at most {Array.MaxLength} pixel bytes", $"{header.Height}x{header.Width}", "Make the image smaller.");
        }

        byte[] planes = new byte[header.Height * header.Width * header.Channels];
        using (ZLibStream unpacked = new(chunks, CompressionMode.Decompress))
        {
            new PngRows(path, header, chunks).Read(unpacked, planes);
        }

        chunks.Finish();
        return new PngImage(header.Channels, header.Height, header.Width, planes);
    }

    /// <summary>Sizes of an image: channels as <see cref="Load"/> gives them, rows, columns. Only the header is read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataFormatException">The file is no PNG image.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static (int Channels, int Height, int Width) SizeOf(string path)
    {
        using FileStream file = Open(path);
        PngHeader header = new PngChunks(path, file).Header;
        return (header.Channels, header.Height, header.Width);
    }

    private static FileStream Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 12, FileOptions.SequentialScan);
    }
}
