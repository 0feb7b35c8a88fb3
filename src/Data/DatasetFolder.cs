namespace Engram.Data;

/// <summary>
/// A folder with one sub-folder per dataset, each holding the four IDX files under MNIST's names
/// (<c>train-images-idx3-ubyte[.gz]</c>, <c>train-labels-idx1-ubyte[.gz]</c>, <c>t10k-…</c> for the test split).
/// </summary>
public sealed class DatasetFolder
{
    private static readonly string[] Names = ["mnist", "fashion-mnist", "notmnist", "usps"];

    /// <summary>Names the folder; nothing is read yet.</summary>
    /// <param name="path">The folder that holds the datasets' folders.</param>
    public DatasetFolder(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Path = path;
    }

    /// <summary>The names that <see cref="Load"/> knows.</summary>
    public static IReadOnlyList<string> KnownNames => Names;

    /// <summary>The folder that holds the datasets' folders.</summary>
    public string Path { get; }

    /// <summary>Whether all four files of a dataset are there (they are not opened).</summary>
    /// <param name="name">One of <see cref="KnownNames"/>.</param>
    public bool Contains(string name) =>
        Names.Contains(name) && FilesOf(name, train: true).All(f => Find(f) is not null) &&
        FilesOf(name, train: false).All(f => Find(f) is not null);

    /// <summary>Loads both splits of a dataset, the two at the same time.</summary>
    /// <param name="name">One of <see cref="KnownNames"/>.</param>
    /// <param name="firstTrain">Reads only the first so many training images; all when left out.</param>
    /// <param name="firstTest">Reads only the first so many test images; all when left out.</param>
    /// <exception cref="DatasetNotFoundException">The name is unknown or files are missing.</exception>
    /// <exception cref="DataFormatException">A file is damaged.</exception>
    public Dataset Load(string name, int? firstTrain = null, int? firstTest = null)
    {
        (string trainImages, string trainLabels) = Require(name, train: true);
        (string testImages, string testLabels) = Require(name, train: false);
        Task<ImageSet> test = Task.Run(() => IdxFile.LoadPair(testImages, testLabels, name, first: firstTest));
        ImageSet train;
        try
        {
            train = IdxFile.LoadPair(trainImages, trainLabels, name, first: firstTrain);
        }
        catch
        {
            // wait, so that no file stays open behind the caller's back; the training split's error is the one to show
            test.ContinueWith(t => t.Exception, TaskScheduler.Default).Wait();
            throw;
        }

        ImageSet tested = test.GetAwaiter().GetResult();
        if (tested.Height != train.Height || tested.Width != train.Width)
        {
            throw new DataFormatException(
                testImages, $"images of {train.Height}x{train.Width}, as in {trainImages}", $"{tested.Height}x{tested.Width}",
                "Use training and test files of the same dataset.");
        }

        return new Dataset(name, train, tested);
    }

    /// <summary>The paths, relative to the folder and without <c>.gz</c>, of a split's image file and label file.</summary>
    internal static string[] FilesOf(string name, bool train)
    {
        string split = train ? "train" : "t10k";
        return [$"{name}/{split}-images-idx3-ubyte", $"{name}/{split}-labels-idx1-ubyte"];
    }

    /// <summary>The full path of a file, packed or plain; null when it is not there.</summary>
    internal string? Find(string relative)
    {
        string plain = System.IO.Path.Combine(Path, relative);
        return File.Exists(plain + ".gz") ? plain + ".gz" : File.Exists(plain) ? plain : null;
    }

    private (string Images, string Labels) Require(string name, bool train)
    {
        if (!Names.Contains(name))
        {
            throw new DatasetNotFoundException(
                name, Path, $"dataset '{name}' is not known. Known datasets: {string.Join(", ", Names)}.");
        }

        string[] files = FilesOf(name, train);
        string?[] found = [.. files.Select(Find)];
        if (found[0] is { } images && found[1] is { } labels)
        {
            return (images, labels);
        }

        string missing = string.Join(" and ", files.Where((_, i) => found[i] is null).Select(f => f + "[.gz]"));
        string reason = Directory.Exists(Path) ? "the files are not there" : "the folder does not exist";
        throw new DatasetNotFoundException(
            name, Path,
            $"dataset '{name}': looked for {missing} in {Path}, {reason}. " +
            $"Put the four IDX files of {name} (train-… and t10k-…, plain or gzip, with MNIST's file names) into {System.IO.Path.Combine(Path, name)}, " +
            "or point ENGRAM_DATA or --data at the folder that holds them. The built-in synthetic digits need no files.");
    }
}
