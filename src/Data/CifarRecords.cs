namespace Engram.Data;

/// <summary>The records of CIFAR's binary files: label bytes, then 1,024 red, 1,024 green and 1,024 blue bytes, row-major.</summary>
/// <param name="labels">Which labels a record has.</param>
internal sealed class CifarRecords(CifarLabels labels)
{
    /// <summary>Rows and columns of an image.</summary>
    public const int Side = 32;

    /// <summary>Planes of an image.</summary>
    public const int Channels = 3;

    /// <summary>Bytes of an image.</summary>
    public const int PixelCount = Channels * Side * Side;

    private const int FineClasses = 100, CoarseClasses = 20;

    /// <summary>Classes of the labels used.</summary>
    public int ClassCount => labels switch { CifarLabels.Ten => 10, CifarLabels.Fine => FineClasses, _ => CoarseClasses };

    private int LabelBytes => labels == CifarLabels.Ten ? 1 : 2;

    /// <summary>How many records so many bytes are.</summary>
    /// <exception cref="DataFormatException">They are no whole number of records.</exception>
    public int CountOf(string file, long bytes)
    {
        int size = LabelBytes + PixelCount, other = size == PixelCount + 1 ? PixelCount + 2 : PixelCount + 1;
        if (bytes % size != 0)
        {
            throw new DataFormatException(
                file, $"a whole number of records of {size} bytes ({LabelBytes} of labels, {PixelCount} of pixels)",
                $"{bytes} bytes: {bytes / size} records and {bytes % size} bytes over",
                bytes > 0 && bytes % other == 0
                    ? $"The length fits records of {other} bytes, those of {(other == PixelCount + 1 ? "CIFAR-10" : "CIFAR-100")}: is this the right file?"
                    : "The file is truncated, or bytes follow its data; get it again.");
        }

        long count = bytes / size;
        if (count * PixelCount > Array.MaxLength)
        {
            throw new DataFormatException(file, $"at most {Array.MaxLength / PixelCount} images", $"{count}", "Split the file.");
        }

        return (int)count;
    }

    /// <summary>Reads records one by one, pixels straight to their place.</summary>
    /// <param name="file">The name for errors.</param>
    /// <param name="fill">Reads exactly the bytes asked for, or throws.</param>
    /// <param name="pixels">Receives the images <c>[count, 3, 32, 32]</c>.</param>
    /// <param name="classes">Receives the labels <c>[count]</c>.</param>
    /// <exception cref="DataFormatException">A label is out of range.</exception>
    public void Read(string file, RecordFill fill, Span<byte> pixels, Span<int> classes)
    {
        Span<byte> read = stackalloc byte[LabelBytes];
        for (int i = 0; i < classes.Length; i++)
        {
            fill(read);
            int label = labels == CifarLabels.Ten
                ? Checked(file, read[0], ClassCount, "labels", i)
                : Pick(Checked(file, read[0], CoarseClasses, "coarse labels", i), Checked(file, read[1], FineClasses, "fine labels", i));
            classes[i] = label;
            fill(pixels.Slice(i * PixelCount, PixelCount));
        }
    }

    private int Pick(int coarse, int fine) => labels == CifarLabels.Fine ? fine : coarse;

    private static int Checked(string file, int label, int classes, string what, int image) => label < classes
        ? label
        : throw new DataFormatException(
            file, $"{what} in [0, {classes})", $"{label} for image {image}", "The file is damaged or has another layout; get it again.");
}

/// <summary>Fills the span with the next bytes of a file, or throws.</summary>
internal delegate void RecordFill(Span<byte> destination);
