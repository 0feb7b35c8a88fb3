using System.Buffers.Binary;
using System.Text;

namespace Engram.Data;

/// <summary>
/// The chunks of a PNG file: the header and the palette are kept, and the image data of all IDAT chunks are one stream. Every chunk's CRC is
/// checked when its end is reached.
/// </summary>
internal sealed class PngChunks : Stream
{
    private const int LargestSide = 1 << 16;

    private static readonly byte[] s_signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] s_crcTable = CrcTable();

    private readonly string _path;
    private readonly FileStream _file;
    private string _type = "";
    private uint _crc;
    private long _left;
    private bool _dataEnded;

    /// <summary>Reads signature and header.</summary>
    public PngChunks(string path, FileStream file)
    {
        _path = path;
        _file = file;
        Span<byte> bytes = stackalloc byte[13];
        if (file.ReadAtLeast(bytes[..8], 8, throwOnEndOfStream: false) < 8 || !bytes[..8].SequenceEqual(s_signature))
        {
            throw new DataFormatException(path, "a PNG image", "a file that does not begin like one", "Convert the image to PNG, or get it again.");
        }

        Begin();
        if (_type != "IHDR" || _left != 13)
        {
            throw Wrong("the chunk IHDR of 13 bytes first", $"{_type} of {_left}");
        }

        Take(bytes);
        End();
        uint width = BinaryPrimitives.ReadUInt32BigEndian(bytes), height = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (width is 0 or > LargestSide || height is 0 or > LargestSide)
        {
            throw Wrong($"1 to {LargestSide} rows and columns", $"{height}x{width}");
        }

        Header = new PngHeader((int)width, (int)height, bytes[8], bytes[9], bytes[12] == 1);
        if (!Header.IsValid || bytes[10] != 0 || bytes[11] != 0 || bytes[12] > 1)
        {
            throw Wrong(
                "a colour type, bit depth, compression, filter and interlace method of the standard", $"{bytes[9]}, {bytes[8]}, {bytes[10]}, {bytes[11]}, {bytes[12]}");
        }
    }

    /// <summary>What the first chunk says.</summary>
    public PngHeader Header { get; }

    /// <summary>Red, green, blue of every palette entry; known as soon as image data are read.</summary>
    public byte[] Palette { get; private set; } = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The next bytes of the compressed image.</summary>
    public override int Read(Span<byte> buffer)
    {
        while (_left == 0 && !_dataEnded)
        {
            if (_type == "IDAT")
            {
                End();
                Begin();
                _dataEnded = _type != "IDAT";
            }
            else
            {
                BeforeData();
            }
        }

        if (_dataEnded || buffer.IsEmpty)
        {
            return 0;
        }

        int count = (int)Math.Min(buffer.Length, _left);
        Take(buffer[..count]);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads the chunks behind the image up to the end of the file.</summary>
    public void Finish()
    {
        // the decompressor may have left bytes behind its own end
        if (!_dataEnded && (_left > 0 || Read(stackalloc byte[1]) > 0))
        {
            throw Wrong("the end of the image data", "more bytes of IDAT");
        }

        while (true)
        {
            if (_type == "IDAT")
            {
                throw Wrong("all IDAT chunks in a row", "another one");
            }

            Skip();
            if (_type == "IEND")
            {
                break;
            }

            Begin();
        }

        if (_file.Position != _file.Length)
        {
            throw Wrong("the end of the file after IEND", $"{_file.Length - _file.Position} more bytes");
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // one chunk between header and image
    private void BeforeData()
    {
        Begin();
        if (_type == "IDAT")
        {
            if (Header.ColourType == 3 && Palette.Length == 0)
            {
                throw Wrong("a palette (PLTE) before the image", "none");
            }

            return;
        }

        if (_type == "PLTE" && Header.ColourType == 3)
        {
            if (_left % 3 != 0 || _left / 3 < 1 || _left / 3 > 1 << Header.BitDepth || Palette.Length > 0)
            {
                throw Wrong($"one palette of 1 to {1 << Header.BitDepth} colours", $"{_left} bytes");
            }

            Palette = new byte[_left];
            Take(Palette);
        }

        if (_type == "IEND")
        {
            throw Wrong("image data (IDAT)", "the end of the image");
        }

        Skip();
    }

    private void Begin()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        ReadOnlySpan<byte> type = bytes[4..];
        if (length > _file.Length - _file.Position || type.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8))
        {
            throw Wrong("a chunk of the file's remaining bytes", $"a length of {length} and the type {Convert.ToHexString(type)}");
        }

        _type = Encoding.ASCII.GetString(type);
        // a capital first letter marks what a reader must understand
        if (char.IsAsciiLetterUpper(_type[0]) && _type is not ("IHDR" or "PLTE" or "IDAT" or "IEND"))
        {
            throw Wrong("chunks of the standard", _type);
        }

        _left = length;
        _crc = Crc(0xFFFFFFFF, type);
    }

    private void Skip()
    {
        Span<byte> bytes = stackalloc byte[512];
        while (_left > 0)
        {
            Take(bytes[..(int)Math.Min(bytes.Length, _left)]);
        }

        End();
    }

    private void Take(Span<byte> bytes)
    {
        Fill(bytes);
        _crc = Crc(_crc, bytes);
        _left -= bytes.Length;
    }

    private void End()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != ~_crc)
        {
            throw Wrong($"the checksum {~_crc:x8} of chunk {_type}", Convert.ToHexStringLower(bytes));
        }
    }

    private void Fill(Span<byte> bytes)
    {
        if (_file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new DataFormatException(_path, "more of the PNG image", "the end of the file", "The file is truncated; get it again.");
        }
    }

    private DataFormatException Wrong(string expected, string found) => new(_path, expected, found, "The file is damaged; get it again.");

    // the CRC of ISO 3309, bit-reversed: x^32 + x^26 + … + 1 as 0xEDB88320
    private static uint[] CrcTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }

            table[i] = crc;
        }

        return table;
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            crc = s_crcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        return crc;
    }
}
