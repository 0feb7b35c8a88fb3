namespace Engram.Data;

/// <summary>
/// Reads the cropped digits of SVHN (Netzer et al. 2011): a MATLAB file with <c>X</c>, bytes [rows, columns, 3, images] in column-major order, and
/// <c>y</c>, one label per image, of which 10 stands for the digit 0.
/// </summary>
public static class SvhnFile
{
    private const int MaxSide = 4096, ClassCount = 10, ByteType = 2;

    /// <summary>Reads one file, e.g. <c>train_32x32.mat</c>. Images are streamed into the set's one array.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name of the resulting set.</param>
    /// <param name="first">Keeps only the first so many images; all when left out. The rest of the file is then not verified.</param>
    /// <exception cref="DataFormatException">The file is damaged, or has no such variables.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static ImageSet Load(string path, string name = "svhn", int? first = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (first is { } wanted)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(first));
        }

        using MatFile file = MatFile.Open(path);
        (byte[] Pixels, int Count, int Height, int Width, int Channels)? images = null;
        int[]? labels = null;
        while (file.Next() is { } variable)
        {
            if (variable.Name == "X")
            {
                images = images is null ? ReadImages(path, variable, first) : throw Twice(path, "X");
            }
            else if (variable.Name == "y")
            {
                labels = labels is null ? ReadLabels(path, variable) : throw Twice(path, "y");
            }
        }

        if (images is not { } read || labels is null)
        {
            throw new DataFormatException(
                path, "the variables X (images) and y (labels)", images is null && labels is null ? "neither" : images is null ? "no X" : "no y",
                "Use the cropped digits (train_32x32.mat, test_32x32.mat).");
        }

        if (labels.Length != read.Count)
        {
            throw new DataFormatException(path, $"a label for each of {read.Count} images", $"{labels.Length} labels", "The file is damaged; get it again.");
        }

        int kept = Math.Min(read.Count, first ?? read.Count);
        return new ImageSet(name, read.Pixels, labels.AsMemory(0, kept), read.Height, read.Width, read.Channels, ClassCount);
    }

    private static (byte[] Pixels, int Count, int Height, int Width, int Channels) ReadImages(string path, MatVariable x, int? first)
    {
        // MATLAB drops a last size of 1: one image has three sizes
        long[] sizes = x.Dimensions.Length == 3 ? [.. x.Dimensions, 1] : x.Dimensions;
        if (x.ValueType != ByteType || sizes.Length != 4 || sizes[0] is < 1 or > MaxSide || sizes[1] is < 1 or > MaxSide || sizes[2] is not (1 or 3))
        {
            throw new DataFormatException(
                path, "X as bytes [rows, columns, 1 or 3, images]", $"type {x.ValueType} [{string.Join(", ", x.Dimensions)}]",
                "Use the cropped digits (train_32x32.mat, test_32x32.mat).");
        }

        (int height, int width, int channels, int count) = ((int)sizes[0], (int)sizes[1], (int)sizes[2], (int)sizes[3]);
        int size = height * width * channels, kept = Math.Min(count, first ?? count);
        if ((long)kept * size > Array.MaxLength)
        {
            throw new DataFormatException(path, $"at most {Array.MaxLength} pixel bytes", $"{(long)kept * size}", "Load fewer images (the first N).");
        }

        byte[] pixels = GC.AllocateUninitializedArray<byte>(kept * size), image = new byte[size];
        for (int i = 0; i < kept; i++)
        {
            x.Fill(image);
            for (int c = 0; c < channels; c++)
            {
                Transpose(image.AsSpan(c * height * width, height * width), pixels.AsSpan((i * size) + (c * height * width)), height, width);
            }
        }

        if (kept == count)
        {
            x.CheckEnd();
        }

        return (pixels, count, height, width, channels);
    }

    // columns one after the other to rows one after the other
    private static void Transpose(ReadOnlySpan<byte> columns, Span<byte> rows, int height, int width)
    {
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                rows[(y * width) + x] = columns[(x * height) + y];
            }
        }
    }

    private static int[] ReadLabels(string path, MatVariable y)
    {
        if (y.Dimensions.Length != 2 || (y.Dimensions[0] != 1 && y.Dimensions[1] != 1) || y.ValueBytes / y.ValueSize > Array.MaxLength / sizeof(int))
        {
            throw new DataFormatException(path, "y as one column", $"[{string.Join(", ", y.Dimensions)}]", "The file is damaged; get it again.");
        }

        int[] labels = new int[y.ValueBytes / y.ValueSize];
        for (int i = 0; i < labels.Length; i++)
        {
            double label = y.Number();
            if (!(label >= 0 && label <= ClassCount && label == Math.Floor(label)))
            {
                throw new DataFormatException(path, "labels from 0 to 10 (10 for the digit 0)", $"{label} for image {i}", "The file is damaged; get it again.");
            }

            labels[i] = (int)label % ClassCount;
        }

        y.CheckEnd();
        return labels;
    }

    private static DataFormatException Twice(string path, string name) =>
        new(path, $"one variable {name}", "a second one", "The file is damaged; get it again.");
}
