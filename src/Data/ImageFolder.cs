namespace Engram.Data;

/// <summary>
/// Folders of PNG images: <c>train/CLASS/*.png</c> and <c>test/CLASS/*.png</c>, or <c>CLASS/*.png</c> alone, of which every fifth image of a class (in the
/// order of names) is for testing. Classes are numbered in the order of their names, and images come class by class in turn: the first of
/// every class, the second of every class, … so that any stretch of the set holds all classes.
/// </summary>
/// <remarks>Headers are read first, so that pixels are decoded, on all cores, straight to their place in one array.</remarks>
public static class ImageFolder
{
    private const int TestEvery = 5;

    /// <summary>Reads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="size">Rows and columns that every image is brought to; when left out, all images must be of one size.</param>
    /// <param name="channels">1 or 3; when left out, 3 where any image has colours.</param>
    /// <param name="sizing">How images are brought to <paramref name="size"/>.</param>
    /// <param name="firstTrain">Reads only the first so many training images.</param>
    /// <param name="firstTest">Reads only the first so many test images.</param>
    /// <exception cref="DatasetNotFoundException">The folder is not there, or holds no classes with images.</exception>
    /// <exception cref="DataFormatException">An image cannot be read, or is of another size.</exception>
    public static Dataset Load(
        string path, int? size = null, int? channels = null, Sizing sizing = Sizing.Auto, int? firstTrain = null, int? firstTest = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!Directory.Exists(path))
        {
            throw new DatasetNotFoundException(path, path, $"image folder {path}: the folder does not exist. Give a folder that holds train/ and test/, or one folder per class.");
        }

        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        string trainPath = Path.Combine(path, "train"), testPath = Path.Combine(path, "test");
        bool split = Directory.Exists(trainPath) && Directory.Exists(testPath);
        string[] classes = ClassesOf(path, split ? trainPath : path);
        if (split && !ClassesOf(path, testPath).SequenceEqual(classes))
        {
            throw new DatasetNotFoundException(
                name, path, $"image folder {path}: train/ and test/ must have the same classes, got {string.Join(", ", classes)} and {string.Join(", ", ClassesOf(path, testPath))}.");
        }

        List<(string File, int Label)> train = [], test = [];
        for (int label = 0; label < classes.Length; label++)
        {
            if (split)
            {
                train.AddRange(ImagesOf(Path.Combine(trainPath, classes[label])).Select(file => (file, label)));
                test.AddRange(ImagesOf(Path.Combine(testPath, classes[label])).Select(file => (file, label)));
            }
            else
            {
                string[] files = ImagesOf(Path.Combine(path, classes[label]));
                train.AddRange(files.Where((_, i) => i % TestEvery != TestEvery - 1).Select(file => (file, label)));
                test.AddRange(files.Where((_, i) => i % TestEvery == TestEvery - 1).Select(file => (file, label)));
            }
        }

        if (train.Count == 0 || test.Count == 0)
        {
            throw new DatasetNotFoundException(
                name, path, $"image folder {path}: expected PNG images to train and to test, found {train.Count} and {test.Count}" +
                (split ? "." : $"; without train/ and test/ every {TestEvery}th image of a class is for testing."));
        }

        (string File, int Label)[] trainOrder = InTurn(train, firstTrain), testOrder = InTurn(test, firstTest);
        (int height, int width, int planes) = SizeOf([.. trainOrder, .. testOrder], size, channels);
        return new Dataset(
            name, Read(name, trainOrder, classes.Length, height, width, planes, sizing), Read(name, testOrder, classes.Length, height, width, planes, sizing));
    }

    private static string[] ClassesOf(string path, string folder)
    {
        string[] classes = [.. Directory.EnumerateDirectories(folder).Select(Path.GetFileName).OfType<string>().Where(name => name[0] != '.').Order(StringComparer.Ordinal)];
        return classes.Length > 0 ? classes : throw new DatasetNotFoundException(
            path, path, $"image folder {path}: expected one folder of PNG images per class in {folder}, found no folder.");
    }

    private static string[] ImagesOf(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(file => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];

    private static (string File, int Label)[] InTurn(List<(string File, int Label)> images, int? first)
    {
        IEnumerable<(string, int)> order = images.GroupBy(image => image.Label)
            .SelectMany(group => group.Select((image, place) => (image, place)))
            .OrderBy(entry => entry.place).ThenBy(entry => entry.image.Label).Select(entry => entry.image);
        return [.. first is { } count ? order.Take(count) : order];
    }

    private static (int Height, int Width, int Channels) SizeOf((string File, int Label)[] images, int? size, int? channels)
    {
        (int planes, int height, int width) = (1, size ?? 0, size ?? 0);
        if (size is not null && channels is not null)
        {
            return (height, width, channels.Value);
        }

        foreach ((string file, _) in images)
        {
            (int own, int rows, int columns) = PngFile.SizeOf(file);
            planes = Math.Max(planes, own);
            (height, width) = height == 0 ? (rows, columns) : (height, width);
            if (size is null && (rows != height || columns != width))
            {
                throw new DataFormatException(
                    file, $"an image of {height}x{width}, as in {images[0].File}", $"{rows}x{columns}", "Bring the images to one size, or set size (dataset.size).");
            }
        }

        return (height, width, channels ?? planes);
    }

    private static ImageSet Read(string name, (string File, int Label)[] images, int classCount, int height, int width, int channels, Sizing sizing)
    {
        int pixelCount = checked(height * width * channels);
        long total = (long)images.Length * pixelCount;
        if (total > Array.MaxLength)
        {
            throw new DataFormatException(
                Path.GetDirectoryName(images[0].File) ?? name, $"at most {Array.MaxLength} pixel bytes", $"{total}", "Use a smaller size (dataset.size), or fewer images.");
        }

        byte[] pixels = GC.AllocateUninitializedArray<byte>((int)total);
        try
        {
            Parallel.For(0, images.Length, i =>
            {
                PngImage image = PngFile.Load(images[i].File);
                ImageSet one = new(name, image.Pixels, new int[1], image.Height, image.Width, image.Channels, 1);
                if (sizing == Sizing.Pad && (image.Height > height || image.Width > width))
                {
                    throw new DataFormatException(
                        images[i].File, $"an image of at most {height}x{width}, to be padded", $"{image.Height}x{image.Width}", "Resize the images instead.");
                }

                one.ToSize(height, width, sizing).ToChannels(channels).AllPixels.CopyTo(pixels.AsSpan(i * pixelCount, pixelCount));
            });
        }
        catch (AggregateException e)
        {
            throw e.InnerExceptions[0];
        }

        return new ImageSet(name, pixels, images.Select(image => image.Label).ToArray(), height, width, channels, classCount);
    }
}
