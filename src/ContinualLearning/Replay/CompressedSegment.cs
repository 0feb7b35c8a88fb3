using Engram.Formats;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// The compressed images of one task. Each is a record: the number of bytes that follow the label, the label, the stream; an entry point is kept for
/// every sixteenth record, and those between are found by their lengths.
/// </summary>
internal sealed class CompressedSegment
{
    private const int RecordsPerEntry = 16;

    private readonly byte[] _records;
    private readonly int[] _entries;

    private CompressedSegment(int task, ImageCodec codec, byte[] records, int[] entries, int count)
    {
        Task = task;
        Codec = codec;
        _records = records;
        _entries = entries;
        Count = count;
    }

    /// <summary>Number of the task.</summary>
    public int Task { get; }

    /// <summary>Images held.</summary>
    public int Count { get; }

    public ImageCodec Codec { get; }

    /// <summary>Bytes of the records and of the codec's tables.</summary>
    public long PayloadBytes => _records.Length + Codec.Tables.Length;

    /// <summary>Bytes of the entry points, of the task's number and count, and of what the codec keeps to decode faster.</summary>
    public long BookkeepingBytes => (_entries.Length + 2L) * sizeof(int) + Codec.WorkingBytes;

    /// <summary>Compresses images in order until the next one would exceed the budget.</summary>
    /// <param name="task">Number of the task.</param>
    /// <param name="settings">The codec; it learns from all images.</param>
    /// <param name="shape">Sizes of an image.</param>
    /// <param name="images">Images [n, channels, height, width].</param>
    /// <param name="labels">Their labels [n].</param>
    /// <param name="budget">Most payload bytes.</param>
    public static CompressedSegment Fill(int task, ImageCodecSettings settings, ImageShape shape, ReadOnlySpan<byte> images, ReadOnlySpan<int> labels, long budget)
    {
        ImageCodec codec = ImageCodec.Learn(settings, shape, images);
        List<byte> records = [], record = [];
        List<int> entries = [];
        int size = codec.Shape.Features, count = 0;
        while (count < labels.Length)
        {
            byte[] stream = codec.Encode(images.Slice(count * size, size));
            record.Clear();
            Varint.Write(record, stream.Length);
            Varint.Write(record, labels[count]);
            record.AddRange(stream);
            if (codec.Tables.Length + (long)records.Count + record.Count > budget)
                break;
            if (count++ % RecordsPerEntry == 0)
                entries.Add(records.Count);
            records.AddRange(record);
        }

        // opened again from its tables: what encoding needed is let go, and what is stored is proven to be enough
        ImageCodec opened = ImageCodec.TryOpen(settings, codec.Shape, codec.Tables.ToArray())!;
        return new CompressedSegment(task, opened, [.. records], [.. entries], count);
    }

    /// <summary>Decodes one image.</summary>
    /// <param name="index">Which, in [0, <see cref="Count"/>).</param>
    /// <param name="pixels">Receives its pixels, of the codec's shape.</param>
    /// <param name="scratch">The codec's scratch.</param>
    /// <returns>Its label.</returns>
    public int Read(int index, Span<byte> pixels, Span<float> scratch)
    {
        int at = _entries[index / RecordsPerEntry];
        for (int skip = index % RecordsPerEntry; skip >= 0; skip--)
        {
            if (!TryNext(ref at, out int label, out ReadOnlySpan<byte> stream))
                break;
            if (skip > 0)
                continue;
            if (Codec.TryDecode(stream, pixels, scratch))
                return label;
            break;
        }

        throw new InvalidOperationException($"compressed buffer: image {index} of task {Task} does not decode; the memory was damaged");
    }

    public void Save(CheckpointWriter writer, string name)
    {
        writer.Array($"{name}.records", ElementType.U8, [_records.Length], _records);
        writer.Array($"{name}.tables", ElementType.U8, [Codec.Tables.Length], Codec.Tables);
        writer.Counter($"{name}.task", Task);
        writer.Counter($"{name}.images", Count);
    }

    /// <summary>Reads a segment back; every record is decoded once, so that a damaged one is found here.</summary>
    /// <exception cref="CheckpointException">Something is missing, of another size, out of range, or does not decode.</exception>
    public static CompressedSegment Load(CheckpointReader reader, string name, ImageCodecSettings settings, ImageShape shape)
    {
        byte[] records = Bytes(reader, $"{name}.records"), tables = Bytes(reader, $"{name}.tables");
        int task = (int)reader.Counter($"{name}.task", 0, reader.Tasks - 1), count = (int)reader.Counter($"{name}.images", 0, records.Length);
        ImageCodec codec = ImageCodec.TryOpen(settings, shape, tables)
            ?? throw reader.Unusable($"tables of a {settings.Kind} codec in '{name}.tables'", $"{tables.Length} bytes that are none", "The file is damaged; use an older checkpoint.");
        List<int> entries = [];
        var segment = new CompressedSegment(task, codec, records, [], count);
        var pixels = new byte[shape.Features];
        var scratch = new float[codec.ScratchLength];
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            if (i % RecordsPerEntry == 0)
                entries.Add(at);
            if (!segment.TryNext(ref at, out int label, out ReadOnlySpan<byte> stream) || label >= reader.Outputs || !codec.TryDecode(stream, pixels, scratch))
                throw reader.Unusable($"{count} images in '{name}.records'", $"image {i} that does not decode", "The file is damaged; use an older checkpoint.");
        }

        if (at != records.Length)
            throw reader.Unusable($"{count} images in '{name}.records'", $"{records.Length - at} bytes after them", "The file is damaged; use an older checkpoint.");
        return new CompressedSegment(task, codec, records, [.. entries], count);
    }

    private static byte[] Bytes(CheckpointReader reader, string name)
    {
        var bytes = new byte[checked((int)reader.Require(name, ElementType.U8, -1).ByteLength)];
        reader.Bytes(name, bytes);
        return bytes;
    }

    private bool TryNext(ref int at, out int label, out ReadOnlySpan<byte> stream)
    {
        stream = default;
        label = 0;
        if (!Varint.TryRead(_records, ref at, out int length) || !Varint.TryRead(_records, ref at, out label) || length > _records.Length - at)
            return false;
        stream = _records.AsSpan(at, length);
        at += length;
        return true;
    }
}
