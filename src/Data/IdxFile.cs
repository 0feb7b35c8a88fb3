using System.Buffers.Binary;

namespace Engram.Data;

/// <summary>
/// Reads IDX, the format of MNIST and its kin, plain or gzip (told apart by the first bytes, not by the name): a big-endian
/// 32-bit magic number (2051 gray images, 2052 images with channels, 2049 labels), the count, for images also their sizes, then one byte per
/// pixel or label.
/// </summary>
/// <remarks>
/// Headers are not believed. Sizes are checked against the file's real length before anything is allocated: exactly for plain files,
/// for gzip against the length in its trailer and against what its compressed bytes can possibly unpack to. The gzip checksum
/// is verified whenever the whole file is read.
/// </remarks>
public static class IdxFile
{
    private const int ImagesMagic = 2051;
    private const int ColourImagesMagic = 2052;
    private const int LabelsMagic = 2049;
    private const int MaxSide = 4096;

    /// <summary>Reads an image file and its label file.</summary>
    /// <param name="imagesPath">An <c>idx3-ubyte</c> file (gray) or <c>idx4-ubyte</c> file (planes or interleaved colours), plain or gzip.</param>
    /// <param name="labelsPath">An <c>idx1-ubyte</c> file, plain or gzip.</param>
    /// <param name="name">The name of the resulting set.</param>
    /// <param name="classCount">The number of classes; a label outside <c>[0, classCount)</c> is an error.</param>
    /// <param name="first">Reads only the first so many images; all when left out. The rest of the file is then not verified.</param>
    /// <exception cref="DataFormatException">A file is not valid IDX, or the two do not belong together.</exception>
    /// <exception cref="IOException">A file cannot be opened or read.</exception>
    /// <remarks>
    /// Four sizes are <c>[count, channels, rows, columns]</c> where the second is 1 or 3, else <c>[count, rows, columns, channels]</c> where the last
    /// is; the images come out as planes either way.
    /// </remarks>
    public static ImageSet LoadPair(string imagesPath, string labelsPath, string name, int classCount = 10, int? first = null) =>
        LoadPair(imagesPath, labelsPath, name, classCount, first, tenIsZero: false);

    /// <summary>As the public one; with <paramref name="tenIsZero"/> a label 10 stands for class 0, as in SVHN.</summary>
    internal static ImageSet LoadPair(string imagesPath, string labelsPath, string name, int classCount, int? first, bool tenIsZero)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        if (first is { } wanted)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(first));
        }

        int[] labels = ReadLabels(labelsPath, classCount, first, tenIsZero, out int labelCount);
        using DataFile source = DataFile.Open(imagesPath);
        (int count, int channels, int rows, int columns, bool interleaved) = ReadImageHeader(source);
        if (count != labelCount)
        {
            throw new DataFormatException(
                imagesPath, $"{labelCount} images, one for each label in {labelsPath}", $"{count} images",
                "Use the image and label files of the same split.");
        }

        int pixels = channels * rows * columns;
        long declared = (long)count * pixels;
        int loaded = labels.Length;
        long size = (long)loaded * pixels;
        if (size > Array.MaxLength)
        {
            throw new DataFormatException(
                imagesPath, $"at most {Array.MaxLength} pixel bytes", $"{size}", "Load fewer images (the first N).");
        }

        byte[] data = GC.AllocateUninitializedArray<byte>((int)size);
        string what = $"{declared} pixel bytes ({count} images of {rows}x{columns})";
        if (interleaved && channels > 1)
        {
            byte[] image = new byte[pixels];
            for (int i = 0; i < loaded; i++)
            {
                source.Fill(image, what);
                ToPlanes(image, channels, data.AsSpan(i * pixels, pixels));
            }
        }
        else
        {
            source.Fill(data, what);
        }

        if (loaded == count)
        {
            source.CheckEnd();
        }

        return new ImageSet(name, data, labels, rows, columns, channels, classCount);
    }

    private static (int Count, int Channels, int Rows, int Columns, bool Interleaved) ReadImageHeader(DataFile source)
    {
        Span<byte> header = stackalloc byte[20];
        source.Fill(header[..16], "the 16 bytes of an image header");
        string path = source.Path;
        bool four = BinaryPrimitives.ReadInt32BigEndian(header) == ColourImagesMagic, interleaved = false;
        if (!four)
        {
            CheckMagic(path, header, ImagesMagic, "images (2051; 2052 with channels)");
        }

        int count = ReadSize(path, header[4..], "image count", int.MaxValue);
        int rows, columns, channels = 1;
        if (four)
        {
            source.Fill(header[16..], "the 20 bytes of a header of colour images");
            int a = ReadSize(path, header[8..], "second size", MaxSide), b = ReadSize(path, header[12..], "third size", MaxSide);
            int c = ReadSize(path, header[16..], "fourth size", MaxSide);
            interleaved = a is not (1 or 3);
            (channels, rows, columns) = interleaved ? (c, a, b) : (a, b, c);
            if (channels is not (1 or 3))
            {
                throw new DataFormatException(
                    path, "1 or 3 channels as the second or the last of four sizes", $"sizes {count}, {a}, {b}, {c}", "Store gray or RGB images.");
            }
        }
        else
        {
            rows = ReadSize(path, header[8..], "row count", MaxSide);
            columns = ReadSize(path, header[12..], "column count", MaxSide);
        }

        if (rows == 0 || columns == 0)
        {
            throw new DataFormatException(
                path, "at least one row and one column", $"{rows}x{columns} images", "Get the file again; its header is damaged.");
        }

        source.CheckLength((four ? 20 : 16) + ((long)count * channels * rows * columns));
        return (count, channels, rows, columns, interleaved);
    }

    /// <summary>Interleaved colours <c>[pixels, channels]</c> to planes <c>[channels, pixels]</c>.</summary>
    private static void ToPlanes(ReadOnlySpan<byte> image, int channels, Span<byte> planes)
    {
        int plane = image.Length / channels;
        for (int p = 0; p < plane; p++)
        {
            for (int c = 0; c < channels; c++)
            {
                planes[(c * plane) + p] = image[(p * channels) + c];
            }
        }
    }

    private static int[] ReadLabels(string path, int classCount, int? first, bool tenIsZero, out int count)
    {
        using DataFile source = DataFile.Open(path);
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
            int label = tenIsZero && bytes[i] == 10 ? 0 : bytes[i];
            if (label >= classCount)
            {
                throw new DataFormatException(
                    path, $"labels in [0, {classCount})", $"label {bytes[i]} for image {i}",
                    "Check the number of classes, or get the file again if it should be right.");
            }

            labels[i] = label;
        }

        return labels;
    }

    private static void CheckMagic(string path, ReadOnlySpan<byte> header, int magic, string what)
    {
        int found = BinaryPrimitives.ReadInt32BigEndian(header);
        if (found != magic)
        {
            string hint = found is ImagesMagic or ColourImagesMagic or LabelsMagic
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
}
