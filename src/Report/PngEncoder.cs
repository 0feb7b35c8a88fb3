using System.Buffers.Binary;
using System.IO.Compression;

namespace Engram.Report;

/// <summary>Encodes 8-bit gray or RGB pixels as PNG (ISO/IEC 15948): signature, IHDR, one zlib IDAT, IEND.</summary>
public static class PngEncoder
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Encodes an image.</summary>
    /// <param name="pixels">Row by row, channels side by side. [height, width, channels]</param>
    /// <param name="height">Rows, positive.</param>
    /// <param name="width">Columns, positive.</param>
    /// <param name="channels">1 (gray) or 3 (red, green, blue).</param>
    /// <exception cref="ArgumentException">The size is not positive, the channels are not 1 or 3, or the pixels do not fit.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        if (height < 1 || width < 1 || channels is not (1 or 3) || pixels.Length != (long)height * width * channels)
        {
            throw new ArgumentException(
                $"png: {pixels.Length} bytes for [{height}, {width}, {channels}]. Expected height × width × channels bytes and 1 or 3 channels.");
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = channels == 1 ? (byte)0 : (byte)2;
        WriteChunk(png, "IHDR"u8, header);

        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var row = width * channels;
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // filter type of the row: none
                zlib.Write(pixels.Slice(y * row, row));
            }
        }

        WriteChunk(png, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>CRC-32 as PNG uses it (reflected polynomial 0xEDB88320).</summary>
    /// <param name="type">Type of the chunk, the first part of the checked bytes.</param>
    /// <param name="data">Content of the chunk.</param>
    internal static uint Crc(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data) => ~Continue(Continue(uint.MaxValue, type), data);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            crc = CrcTable[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return crc;
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        png.Write(word);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc(type, data));
        png.Write(word);
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var n = 0u; n < 256; n++)
        {
            var c = n;
            for (var bit = 0; bit < 8; bit++)
            {
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            }

            table[n] = c;
        }

        return table;
    }
}
