using System.Buffers.Binary;
using System.IO.Compression;

namespace Engram.Data;

/// <summary>
/// Reads IDX, the format of MNIST and its kin, plain or gzip (told apart by the first bytes, not by the name): a big-endian
/// 32-bit magic number (2051 images, 2049 labels), the count, for images also rows and columns, then one byte per pixel or label.
/// </summary>
/// <remarks>
/// Headers are not believed. Sizes are checked against the file's real length before anything is allocated: exactly for plain files,
/// for gzip against the length in its trailer and against what its compressed bytes can possibly unpack to. The gzip checksum
/// is verified whenever the whole file is read.
/// </remarks>
public static class IdxFile
{
    private const int ImagesMagic = 2051;
    private const int LabelsMagic = 2049;
    private const int MaxSide = 4096;

    // DEFLATE spends at least one bit pair on 258 bytes: it never unpacks to more than 1032 times its length
    private const long MaxGzipRatio = 1032;

    /// <summary>Reads an image file and its label file.</summary>
    /// <param name="imagesPath">An <c>idx3-ubyte</c> file, plain or gzip.</param>
    /// <param name="labelsPath">An <c>idx1-ubyte</c> file, plain or gzip.</param>
    /// <param name="name">The name of the resulting set.</param>
    /// <param name="classCount">The number of classes; a label outside <c>[0, classCount)</c> is an error.</param>
    /// <param name="first">Reads only the first so many images; all when left out. The rest of the file is then not verified.</param>
    /// <exception cref="DataFormatException">A file is not valid IDX, or the two do not belong together.</exception>
    /// <exception cref="IOException">A file cannot be opened or read.</exception>
    public static ImageSet LoadPair(string imagesPath, string labelsPath, string name, int classCount = 10, int? first = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        if (first is { } wanted)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(first));
        }

        int[] labels = ReadLabels(labelsPath, classCount, first, out int labelCount);
        using Source source = Source.Open(imagesPath);
        Span<byte> header = stackalloc byte[16];
        source.Fill(header, "the 16 bytes of an image header");
        CheckMagic(imagesPath, header, ImagesMagic, "images (2051)");
        int count = ReadSize(imagesPath, header[4..], "image count", int.MaxValue);
        int rows = ReadSize(imagesPath, header[8..], "row count", MaxSide);
        int columns = ReadSize(imagesPath, header[12..], "column count", MaxSide);
        if (rows == 0 || columns == 0)
        {
            throw new DataFormatException(
                imagesPath, "at least one row and one column", $"{rows}x{columns} images", "Get the file again; its header is damaged.");
        }

        if (count != labelCount)
        {
            throw new DataFormatException(
                imagesPath, $"{labelCount} images, one for each label in {labelsPath}", $"{count} images",
                "Use the image and label files of the same split.");
        }

        long declared = (long)count * rows * columns;
        source.CheckLength(16 + declared);
        int pixels = rows * columns;
        int loaded = labels.Length;
        long size = (long)loaded * pixels;
        if (size > Array.MaxLength)
        {
            throw new DataFormatException(
                imagesPath, $"at most {Array.MaxLength} pixel bytes", $"{size}", "Load fewer images (the first N).");
        }

        byte[] data = GC.AllocateUninitializedArray<byte>((int)size);
        source.Fill(data, $"{declared} pixel bytes ({count} images of {rows}x{columns})");
        if (loaded == count)
        {
            source.CheckEnd();
        }

        return new ImageSet(name, data, labels, rows, columns, 1, classCount);
    }

    private static int[] ReadLabels(string path, int classCount, int? first, out int count)
    {
        using Source source = Source.Open(path);
        Span<byte> header = stackalloc byte[8];
        source.Fill(header, "the 8 bytes of a label header");
        CheckMagic(path, header, LabelsMagic, "labels (2049)");
        count = ReadSize(path, header[4..], "label count", Array.MaxLength);
        source.CheckLength(8 + (long)count);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Math.Min(count, first ?? count));
        source.Fill(bytes, $"{count} label bytes");
        if (bytes.Length == count)
        {
            source.CheckEnd();
        }

        int[] labels = new int[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] >= classCount)
            {
                throw new DataFormatException(
                    path, $"labels in [0, {classCount})", $"label {bytes[i]} for image {i}",
                    "Check the number of classes, or get the file again if it should be right.");
            }

            labels[i] = bytes[i];
        }

        return labels;
    }

    private static void CheckMagic(string path, ReadOnlySpan<byte> header, int magic, string what)
    {
        int found = BinaryPrimitives.ReadInt32BigEndian(header);
        if (found != magic)
        {
            string hint = found is ImagesMagic or LabelsMagic
                ? "Image and label file seem to be swapped."
                : "This is not an IDX file of bytes, or it is damaged; get it again.";
            throw new DataFormatException(path, $"the IDX magic number of {what}", $"{found}", hint);
        }
    }

    private static int ReadSize(string path, ReadOnlySpan<byte> bytes, string what, int limit)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (value > (uint)limit)
        {
            throw new DataFormatException(
                path, $"a {what} of at most {limit}", $"{value}", "Get the file again; its header is damaged.");
        }

        return (int)value;
    }

    /// <summary>One open file: its unpacked bytes, and what can be known about their number beforehand.</summary>
    private sealed class Source : IDisposable
    {
        private readonly string _path;
        private readonly FileStream _file;
        private readonly Stream _stream;
        private readonly bool _gzip;
        private readonly long _fileLength;

        private Source(string path, FileStream file, bool gzip)
        {
            _path = path;
            _file = file;
            _gzip = gzip;
            _fileLength = file.Length;
            _stream = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        }

        public static Source Open(string path)
        {
            ArgumentNullException.ThrowIfNull(path);
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            try
            {
                bool gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
                file.Position = 0;
                return new Source(path, file, gzip);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }

        public void Fill(Span<byte> destination, string what)
        {
            int got;
            try
            {
                got = _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
            }
            catch (InvalidDataException e)
            {
                throw Corrupt(e);
            }

            if (got < destination.Length)
            {
                throw new DataFormatException(
                    _path, what, $"the end of the file after {got} of {destination.Length}", "The file is truncated; get it again.");
            }
        }

        /// <summary>Refuses a header whose sizes the file cannot hold, before they are allocated.</summary>
        public void CheckLength(long expected)
        {
            if (!_gzip)
            {
                if (_fileLength != expected)
                {
                    throw new DataFormatException(
                        _path, $"{expected} bytes, as its header says", $"{_fileLength}",
                        _fileLength < expected ? "The file is truncated; get it again." : "Bytes follow the data: is this the right file?");
                }

                return;
            }

            if (expected > _fileLength * MaxGzipRatio)
            {
                throw new DataFormatException(
                    _path, $"{expected} unpacked bytes, as its header says",
                    $"a gzip file of {_fileLength} bytes, which cannot unpack to more than {_fileLength * MaxGzipRatio}",
                    "The header is damaged; get the file again.");
            }

            // the last four bytes of a gzip file: its unpacked length modulo 2^32
            Span<byte> trailer = stackalloc byte[4];
            RandomAccess.Read(_file.SafeFileHandle, trailer, Math.Max(0, _fileLength - 4));
            uint stated = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
            if (stated != (uint)expected)
            {
                throw new DataFormatException(
                    _path, $"{expected} unpacked bytes, as its header says", $"{stated} in the gzip trailer",
                    "The file is truncated or damaged: get it again. (Several gzip members in one file are not supported: pack it again.)");
            }
        }

        public void CheckEnd()
        {
            int more;
            try
            {
                more = _stream.ReadByte();
            }
            catch (InvalidDataException e)
            {
                throw Corrupt(e);
            }

            if (more >= 0)
            {
                throw new DataFormatException(
                    _path, "the end of the file after the data its header announces", "more bytes", "Is this the right file? Get it again.");
            }
        }

        public void Dispose()
        {
            _stream.Dispose();
            _file.Dispose();
        }

        private DataFormatException Corrupt(Exception e) =>
            new(_path, "a valid gzip stream", $"a corrupt one ({e.Message.TrimEnd('.')})", "Get the file again, or unpack and repack it.", e);
    }
}
