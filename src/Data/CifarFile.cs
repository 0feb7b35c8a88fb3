using System.Formats.Tar;
using System.IO.Compression;

namespace Engram.Data;

/// <summary>
/// Reads the binary files of CIFAR-10 and CIFAR-100 (Krizhevsky 2009), and of datasets in their layout, from single files (plain or gzip) or
/// from the <c>.tar.gz</c> they are published in. Images are <c>[3, 32, 32]</c>: a red, a green and a blue plane.
/// </summary>
/// <remarks>
/// Pixels go from the stream straight into the set's one array. The format has neither header nor checksum: lengths and label bytes are all
/// that can be checked.
/// </remarks>
public static class CifarFile
{
    /// <summary>Reads files one after the other into one set.</summary>
    /// <param name="paths">The files, e.g. <c>data_batch_1.bin</c> … <c>data_batch_5.bin</c>.</param>
    /// <param name="name">The name of the resulting set.</param>
    /// <param name="labels">The labels that the records have, and which to use.</param>
    /// <param name="first">Reads only the first so many images; all when left out.</param>
    /// <exception cref="DataFormatException">A file is no whole number of records, or a label is out of range.</exception>
    /// <exception cref="IOException">A file cannot be opened or read.</exception>
    public static ImageSet Load(IReadOnlyList<string> paths, string name, CifarLabels labels = CifarLabels.Ten, int? first = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        CifarRecords records = new(labels);
        List<DataFile> files = [];
        try
        {
            int[] counts = new int[paths.Count];
            for (int i = 0; i < counts.Length; i++)
            {
                files.Add(DataFile.Open(paths[i]));
                counts[i] = records.CountOf(paths[i], files[i].StatedLength());
            }

            Target target = new(name, records, counts.Sum(c => (long)c), first, string.Join(", ", paths));
            for (int i = 0; i < counts.Length; i++)
            {
                DataFile file = files[i];
                target.Read(paths[i], counts[i], bytes => file.Fill(bytes, "a record of labels and pixels"));
                if (target.IsWhole)
                {
                    file.CheckEnd();
                }
            }

            return target.ToSet();
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    /// <summary>Reads files out of a <c>.tar.gz</c>, e.g. <c>cifar-10-binary.tar.gz</c>, without unpacking it to disk.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="entries">The wanted files' names in it, without folders, in the order of the set.</param>
    /// <param name="name">The name of the resulting set.</param>
    /// <param name="labels">The labels that the records have, and which to use.</param>
    /// <param name="first">Keeps only the first so many images; all when left out.</param>
    /// <exception cref="DataFormatException">The archive is damaged, lacks a file, or a file in it is not valid.</exception>
    /// <exception cref="IOException">The archive cannot be opened or read.</exception>
    public static ImageSet LoadArchive(
        string archive, IReadOnlyList<string> entries, string name, CifarLabels labels = CifarLabels.Ten, int? first = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        CifarRecords records = new(labels);
        // The archive's order is not the set's: one pass for the lengths, one that puts every file where it belongs.
        int[] counts = new int[entries.Count];
        Array.Fill(counts, -1);
        Walk(archive, entries, (entry, file, stream, length) => counts[entry] = records.CountOf(file, length));
        int missing = Array.IndexOf(counts, -1);
        if (missing >= 0)
        {
            throw new DataFormatException(
                archive, $"a file {entries[missing]} in it", "none of that name", "Is this the archive of the binary version? Get it again.");
        }

        Target target = new(name, records, counts.Sum(c => (long)c), first, archive);
        Walk(archive, entries, (entry, file, stream, length) =>
        {
            int start = counts.Take(entry).Sum();
            target.ReadAt(start, file, counts[entry], bytes =>
            {
                int got = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                if (got < bytes.Length)
                {
                    throw new DataFormatException(file, $"{length} bytes", "the end of the archive before", "The archive is truncated; get it again.");
                }
            });
        });
        return target.ToSet();
    }

    private static void Walk(string archive, IReadOnlyList<string> wanted, Action<int, string, Stream, long> visit)
    {
        using DataFile file = DataFile.Open(archive);
        bool[] seen = new bool[wanted.Count];
        try
        {
            using TarReader tar = new(file.Content, leaveOpen: true);
            while (tar.GetNextEntry() is { } entry)
            {
                int index = wanted.IndexOf(entry.Name[(entry.Name.LastIndexOf('/') + 1)..]);
                if (index < 0 || entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    continue;
                }

                if (seen[index])
                {
                    throw new DataFormatException(archive, $"one file {wanted[index]}", "a second one", "Is this the right archive?");
                }

                if (entry.Length > file.StatedLength())
                {
                    throw new DataFormatException(
                        archive, $"{entry.Length} bytes of {wanted[index]}, as its header says", "a smaller archive", "It is damaged; get it again.");
                }

                seen[index] = true;
                visit(index, $"{archive}:{entry.Name}", entry.DataStream ?? Stream.Null, entry.Length);
            }

            // to the very end, where gzip keeps its checksum
            file.Content.CopyTo(Stream.Null);
        }
        catch (Exception e) when (DataFormatException.IsDamage(e) || e is EndOfStreamException or FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            throw new DataFormatException(archive, "a .tar.gz archive", $"a damaged one ({e.Message.TrimEnd('.')})", "Get it again.", e);
        }
    }

    private static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The set in the making: one array of pixels, one of labels, filled file by file.</summary>
    private sealed class Target
    {
        private readonly string _name;
        private readonly CifarRecords _records;
        private readonly byte[] _pixels;
        private readonly int[] _labels;
        private readonly long _total;
        private int _filled;

        public Target(string name, CifarRecords records, long total, int? first, string files)
        {
            if (first is { } wanted)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(first));
            }

            long count = Math.Min(total, first ?? total);
            if (count * CifarRecords.PixelCount > Array.MaxLength)
            {
                throw new DataFormatException(
                    files, $"at most {Array.MaxLength / CifarRecords.PixelCount} images together", $"{count}", "Load fewer images (the first N).");
            }

            _name = name;
            _records = records;
            _total = total;
            _pixels = GC.AllocateUninitializedArray<byte>((int)count * CifarRecords.PixelCount);
            _labels = new int[count];
        }

        public bool IsWhole => _labels.Length == _total;

        public void Read(string file, int count, RecordFill fill)
        {
            ReadAt(_filled, file, count, fill);
            _filled = Math.Min(_labels.Length, _filled + count);
        }

        public void ReadAt(int start, string file, int count, RecordFill fill)
        {
            int taken = Math.Clamp(_labels.Length - start, 0, count);
            if (taken > 0)
            {
                _records.Read(
                    file, fill, _pixels.AsSpan(start * CifarRecords.PixelCount, taken * CifarRecords.PixelCount), _labels.AsSpan(start, taken));
            }
        }

        public ImageSet ToSet() =>
            new(_name, _pixels, _labels, CifarRecords.Side, CifarRecords.Side, CifarRecords.Channels, _records.ClassCount);
    }
}
