using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Engram.Data;

/// <summary>
/// Reads MATLAB's level-5 files (<c>.mat</c>, as <c>save -v7</c> and <c>-v6</c> write them) variable by variable, after MathWorks' public description
/// <i>MAT-File Format</i>: a header of 128 bytes, then elements of tag and data, plain or compressed by zlib, in either byte order.
/// </summary>
/// <remarks>Nothing is believed: an element must lie in the file, a compressed one cannot unpack to more than DEFLATE allows, and values are streamed.</remarks>
internal sealed class MatFile : IDisposable
{
    private const int HeaderBytes = 128, TagBytes = 8;
    private const int MatrixType = 14, CompressedType = 15;

    private readonly FileStream _file;
    private readonly string _path;
    private readonly bool _bigEndian;
    private long _next = HeaderBytes;
    private MatVariable? _open;

    private MatFile(string path, FileStream file, bool bigEndian)
    {
        _path = path;
        _file = file;
        _bigEndian = bigEndian;
    }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="DataFormatException">It is no level-5 file.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static MatFile Open(string path)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            byte[] header = new byte[HeaderBytes];
            int got = file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
            string start = Encoding.ASCII.GetString(header, 0, 10);
            bool little = header[126] == 'I' && header[127] == 'M', big = header[126] == 'M' && header[127] == 'I';
            if (got < HeaderBytes || (!little && !big) || header[little ? 125 : 124] != 1)
            {
                throw new DataFormatException(
                    path, "a MATLAB file of level 5 (128 bytes of header that end in version 1 and IM or MI)",
                    start == "MATLAB 7.3" ? "one of version 7.3 (HDF5)" : got < HeaderBytes ? $"{got} bytes" : "something else",
                    "Get the file again, or save it with -v7.");
            }

            return new MatFile(path, file, big);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The next variable, ready to have its values read; null at the end of the file. The one before is closed.</summary>
    /// <exception cref="DataFormatException">The file is damaged.</exception>
    public MatVariable? Next()
    {
        _open?.Dispose();
        _open = null;
        if (_next == _file.Length)
        {
            return null;
        }

        Span<byte> tag = stackalloc byte[TagBytes];
        _file.Position = _next;
        if (_file.ReadAtLeast(tag, TagBytes, throwOnEndOfStream: false) < TagBytes)
        {
            throw new DataFormatException(_path, "the tag of an element or the end of the file", $"{_file.Length - _next} bytes", "The file is truncated; get it again.");
        }

        uint type = UInt32(tag), bytes = UInt32(tag[4..]);
        long data = _next + TagBytes;
        if (type is not (MatrixType or CompressedType))
        {
            throw new DataFormatException(
                _path, $"a matrix (type {MatrixType}) or a compressed element ({CompressedType}) at byte {_next}", $"type {type}", "The file is damaged; get it again.");
        }

        if (bytes > _file.Length - data)
        {
            throw new DataFormatException(
                _path, $"an element of {bytes} bytes at byte {_next}, as its tag says", $"{_file.Length - data} bytes to the end of the file",
                "The file is truncated; get it again.");
        }

        _next = data + bytes;
        if (type == MatrixType)
        {
            return _open = new MatVariable(_path, _file, bytes, _bigEndian);
        }

        ZLibStream unpacked = new(new FilePart(_file, data, bytes), CompressionMode.Decompress);
        try
        {
            return _open = MatVariable.OfPacked(_path, unpacked, bytes * DataFile.MaxDeflateRatio, _bigEndian);
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _open?.Dispose();
        _file.Dispose();
    }

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
