using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Engram.Report.Tests;

public class PngEncoderTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(28, 28, 1)]
    [InlineData(3, 7, 3)]
    [InlineData(32, 32, 3)]
    public void Pixels_come_back_from_the_inflated_data_and_every_chunk_has_its_checksum(int height, int width, int channels)
    {
        var pixels = new byte[height * width * channels];
        new Random(3).NextBytes(pixels);

        var png = PngEncoder.Encode(pixels, height, width, channels);

        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        var chunks = Chunks(png);
        Assert.Equal(["IHDR", "IDAT", "IEND"], chunks.Select(chunk => chunk.Type));
        var header = chunks[0].Data;
        Assert.Equal(width, BinaryPrimitives.ReadInt32BigEndian(header));
        Assert.Equal(height, BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));
        Assert.Equal((byte[])[8, (byte)(channels == 1 ? 0 : 2), 0, 0, 0], header[8..]);
        Assert.Equal(pixels, Inflate(chunks[1].Data, width * channels));
    }

    [Fact]
    public void The_checksum_is_the_standard_one()
    {
        Assert.Equal(0xCBF43926u, PngEncoder.Crc("1234"u8, "56789"u8));
        Assert.Equal(0xAE426082u, PngEncoder.Crc("IEND"u8, []));
    }

    [Fact]
    public void Sizes_that_do_not_fit_the_pixels_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new byte[4], 2, 3, 1));
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new byte[4], 2, 1, 2));
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode([], 0, 0, 1));
    }

    private static List<(string Type, byte[] Data)> Chunks(byte[] png)
    {
        var chunks = new List<(string, byte[])>();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var data = png.AsSpan(at + 8, length);
            // Bit by bit, unlike the encoder's table.
            var crc = uint.MaxValue;
            foreach (var value in png.AsSpan(at + 4, length + 4))
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
                }
            }

            Assert.Equal(~crc, BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            chunks.Add((Encoding.ASCII.GetString(png, at + 4, 4), data.ToArray()));
            at += 12 + length;
        }

        return chunks;
    }

    private static byte[] Inflate(byte[] data, int row)
    {
        using var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        using var raw = new MemoryStream();
        zlib.CopyTo(raw);
        return [.. raw.ToArray().Chunk(row + 1).SelectMany(line => line[0] == 0 ? line[1..] : throw new InvalidDataException("filter"))];
    }
}
