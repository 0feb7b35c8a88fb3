using System.Buffers.Binary;
using System.IO.Compression;

namespace Engram.Data;

/// <summary>
/// One open data file, plain or gzip (told apart by the first bytes, not by the name): its unpacked bytes in order, and what can be known
/// about their number beforehand. Nothing is held in memory but the stream's buffer.
/// </summary>
internal sealed class DataFile : IDisposable
{
    /// <summary>DEFLATE spends at least one bit pair on 258 bytes: it never unpacks to more than 1032 times its length.</summary>
    public const long MaxDeflateRatio = 1032;

    private readonly FileStream _file;
    private readonly Stream _stream;
    private readonly bool _gzip;
    private readonly long _fileLength;

    private DataFile(string path, FileStream file, bool gzip)
    {
        Path = path;
        _file = file;
        _gzip = gzip;
        _fileLength = file.Length;
        _stream = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>The path, as it was given.</summary>
    public string Path { get; }

    /// <summary>The unpacked bytes.</summary>
    public Stream Content => _stream;

    /// <summary>Opens a file for one pass over its bytes.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static DataFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            bool gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return new DataFile(path, file, gzip);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    /// <param name="destination">Receives them.</param>
    /// <param name="what">What they are, for the error.</param>
    /// <exception cref="DataFormatException">The file ends before, or is no valid gzip stream.</exception>
    public void Fill(Span<byte> destination, string what)
    {
        int got;
        try
        {
            got = _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (DataFormatException.IsDamage(e))
        {
            throw Corrupt(e);
        }

        if (got < destination.Length)
        {
            throw new DataFormatException(
                Path, what, $"the end of the file after {got} of {destination.Length}", "The file is truncated; get it again.");
        }
    }

    /// <summary>The number of unpacked bytes: a plain file's length, or what the last four bytes of a gzip file state (modulo 2³²).</summary>
    /// <exception cref="DataFormatException">A gzip file states more than its bytes can unpack to.</exception>
    public long StatedLength()
    {
        if (!_gzip)
        {
            return _fileLength;
        }

        long stated = Trailer();
        CheckRatio(stated, "as its trailer says");
        return stated;
    }

    /// <summary>Refuses a header whose sizes the file cannot hold, before they are allocated.</summary>
    /// <param name="expected">Unpacked bytes that the header announces.</param>
    /// <exception cref="DataFormatException">The file has another length.</exception>
    public void CheckLength(long expected)
    {
        if (!_gzip)
        {
            if (_fileLength != expected)
            {
                throw new DataFormatException(
                    Path, $"{expected} bytes, as its header says", $"{_fileLength}",
                    _fileLength < expected ? "The file is truncated; get it again." : "Bytes follow the data: is this the right file?");
            }

            return;
        }

        CheckRatio(expected, "as its header says");
        uint stated = Trailer();
        if (stated != (uint)expected)
        {
            throw new DataFormatException(
                Path, $"{expected} unpacked bytes, as its header says", $"{stated} in the gzip trailer",
                "The file is truncated or damaged: get it again. (Several gzip members in one file are not supported: pack it again.)");
        }
    }

    /// <summary>Refuses bytes that follow the data; for gzip it also has the checksum verified.</summary>
    /// <exception cref="DataFormatException">There are more bytes, or the gzip stream is damaged.</exception>
    public void CheckEnd()
    {
        int more;
        try
        {
            more = _stream.ReadByte();
        }
        catch (Exception e) when (DataFormatException.IsDamage(e))
        {
            throw Corrupt(e);
        }

        if (more >= 0)
        {
            throw new DataFormatException(
                Path, "the end of the file after the data its header announces", "more bytes", "Is this the right file? Get it again.");
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private uint Trailer()
    {
        // the last four bytes of a gzip file: its unpacked length modulo 2^32
        Span<byte> trailer = stackalloc byte[4];
        RandomAccess.Read(_file.SafeFileHandle, trailer, Math.Max(0, _fileLength - 4));
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer);
    }

    private void CheckRatio(long expected, string source)
    {
        if (expected > _fileLength * MaxDeflateRatio)
        {
            throw new DataFormatException(
                Path, $"{expected} unpacked bytes, {source}",
                $"a gzip file of {_fileLength} bytes, which cannot unpack to more than {_fileLength * MaxDeflateRatio}",
                "The header is damaged; get the file again.");
        }
    }

    private DataFormatException Corrupt(Exception e) =>
        new(Path, "a valid gzip stream", $"a corrupt one ({e.Message.TrimEnd('.')})", "Get the file again, or unpack and repack it.", e);
}
