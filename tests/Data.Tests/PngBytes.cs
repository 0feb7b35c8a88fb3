using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Engram.Data.Tests;

/// <summary>Writes PNG files of every form, slowly and by the book: random filters, Adam7, image data in several chunks.</summary>
internal static class PngBytes
{
    public static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>An image of random samples, and the planes that a reader must give.</summary>
    public static (byte[] File, byte[] Planes) Random(int width, int height, int colourType, int depth, bool interlaced, int seed)
    {
        Random random = new(seed);
        int samples = colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        byte[] palette = [];
        int bound = 1 << depth;
        if (colourType == 3)
        {
            bound = random.Next(1, (1 << depth) + 1);
            palette = new byte[3 * bound];
            random.NextBytes(palette);
        }

        int[] values = [.. Enumerable.Range(0, width * height * samples).Select(_ => random.Next(bound))];
        int channels = colourType is 0 or 4 ? 1 : 3;
        byte[] planes = new byte[channels * width * height];
        for (int i = 0; i < width * height; i++)
        {
            for (int c = 0; c < channels; c++)
            {
                planes[(c * width * height) + i] = colourType == 3
                    ? palette[(3 * values[i]) + c]
                    : (byte)Math.Round(values[(i * samples) + c] * 255.0 / ((1 << depth) - 1));
            }
        }

        List<byte> rows = [];
        foreach ((int x, int y, int dx, int dy) in interlaced
            ? ((int, int, int, int)[])[(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)])
        {
            byte[]? above = null;
            for (int r = y; r < height && x < width; r += dy)
            {
                List<int> row = [];
                for (int c = x; c < width; c += dx)
                {
                    row.AddRange(values.AsSpan(((r * width) + c) * samples, samples));
                }

                byte[] packed = Pack(row, depth);
                rows.AddRange(Filter(random.Next(5), packed, above ?? new byte[packed.Length], Math.Max(1, samples * depth / 8)));
                above = packed;
            }
        }

        byte[] data = Zlib([.. rows]);
        int cut = random.Next(data.Length);
        List<byte> file = [.. Signature, .. Chunk("IHDR", Header(width, height, depth, colourType, interlaced)), .. Chunk("tEXt", [65, 0, 66])];
        if (colourType == 3)
        {
            file.AddRange([.. Chunk("PLTE", palette), .. Chunk("tRNS", [128])]);
        }

        file.AddRange([.. Chunk("IDAT", data[..cut]), .. Chunk("IDAT", []), .. Chunk("IDAT", data[cut..]), .. Chunk("tIME", new byte[7]), .. Chunk("IEND", [])]);
        return ([.. file], planes);
    }

    public static byte[] Header(int width, int height, int depth, int colourType, bool interlaced = false)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colourType, (byte)(interlaced ? 1 : 0));
        return header;
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        byte[] length = new byte[4], sum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        // the polynomial division as the standard defines it, bit by bit
        uint crc = 0xFFFFFFFF;
        foreach (byte b in body)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                bool odd = (((crc ^ (uint)(b >> bit)) & 1) != 0);
                crc = (crc >> 1) ^ (odd ? 0xEDB88320 : 0);
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(sum, ~crc);
        return [.. length, .. body, .. sum];
    }

    public static byte[] Zlib(byte[] bytes)
    {
        using MemoryStream stream = new();
        using (ZLibStream zlib = new(stream, CompressionLevel.Optimal))
        {
            zlib.Write(bytes);
        }

        return stream.ToArray();
    }

    /// <summary>An 8-bit image of planes, for image folders.</summary>
    public static byte[] Of(int width, int height, byte[] planes)
    {
        int plane = width * height, channels = planes.Length / plane;
        List<byte> rows = [];
        for (int y = 0; y < height; y++)
        {
            rows.Add(0);
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < channels; c++)
                {
                    rows.Add(planes[(c * plane) + (y * width) + x]);
                }
            }
        }

        return [.. Signature, .. Chunk("IHDR", Header(width, height, 8, channels == 3 ? 2 : 0)), .. Chunk("IDAT", Zlib([.. rows])), .. Chunk("IEND", [])];
    }

    private static byte[] Pack(List<int> row, int depth)
    {
        byte[] packed = new byte[((row.Count * depth) + 7) / 8];
        for (int i = 0; i < row.Count; i++)
        {
            if (depth == 16)
            {
                (packed[2 * i], packed[(2 * i) + 1]) = ((byte)(row[i] >> 8), (byte)row[i]);
            }
            else
            {
                packed[i * depth / 8] |= (byte)(row[i] << (8 - depth - (i * depth % 8)));
            }
        }

        return packed;
    }

    private static byte[] Filter(int filter, byte[] row, byte[] above, int step)
    {
        byte[] filtered = new byte[row.Length + 1];
        filtered[0] = (byte)filter;
        for (int i = 0; i < row.Length; i++)
        {
            int a = i >= step ? row[i - step] : 0, b = above[i], c = i >= step ? above[i - step] : 0, p = a + b - c;
            int paeth = new[] { (Math.Abs(p - a), 0, a), (Math.Abs(p - b), 1, b), (Math.Abs(p - c), 2, c) }.Min().Item3;
            filtered[i + 1] = (byte)(row[i] - (filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => paeth }));
        }

        return filtered;
    }
}
