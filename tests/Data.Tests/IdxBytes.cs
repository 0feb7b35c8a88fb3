using System.Buffers.Binary;
using System.IO.Compression;

namespace Engram.Data.Tests;

/// <summary>Writes small IDX files, right or wrong, into a folder that is deleted afterwards.</summary>
internal sealed class IdxBytes : IDisposable
{
    public IdxBytes() => Directory.CreateDirectory(Folder);

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "engram-data-tests-" + Guid.NewGuid().ToString("N"));

    public static byte[] Images(int count, int rows, int columns, Func<int, byte> pixel)
    {
        byte[] bytes = Header(2051, count, rows, columns);
        byte[] all = new byte[bytes.Length + (count * rows * columns)];
        bytes.CopyTo(all, 0);
        for (int i = 0; i < count * rows * columns; i++)
        {
            all[bytes.Length + i] = pixel(i);
        }

        return all;
    }

    public static byte[] Labels(params byte[] labels) => [.. Header(2049, labels.Length), .. labels];

    public static byte[] Header(params int[] values)
    {
        byte[] bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * 4), values[i]);
        }

        return bytes;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
