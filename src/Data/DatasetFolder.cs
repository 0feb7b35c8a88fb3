namespace Engram.Data;

/// <summary>
/// A folder with one sub-folder per dataset, each holding the dataset's files under their published names: IDX files
/// (<c>train-images-idx3-ubyte[.gz]</c>, <c>t10k-…</c> for the test split) or CIFAR's binary ones (<c>data_batch_1.bin</c>, …), unpacked or in
/// their archive.
/// </summary>
public sealed class DatasetFolder
{
    private static readonly string[] Names = [.. DatasetLayouts.All.Select(layout => layout.Name)];

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

    /// <summary>Whether all files of a dataset are there (they are not opened).</summary>
    /// <param name="name">One of <see cref="KnownNames"/>.</param>
    public bool Contains(string name) => DatasetLayouts.Of(name) is { } layout &&
        layout.Find(Path, train: true, []) is not null && layout.Find(Path, train: false, []) is not null;

    /// <summary>Loads both splits of a dataset, the two at the same time.</summary>
    /// <param name="name">One of <see cref="KnownNames"/>.</param>
    /// <param name="firstTrain">Reads only the first so many training images; all when left out.</param>
    /// <param name="firstTest">Reads only the first so many test images; all when left out.</param>
    /// <exception cref="DatasetNotFoundException">The name is unknown or files are missing.</exception>
    /// <exception cref="DataFormatException">A file is damaged.</exception>
    public Dataset Load(string name, int? firstTrain = null, int? firstTest = null)
    {
        SplitFiles trainFiles = Require(name, train: true), testFiles = Require(name, train: false);
        Task<ImageSet> test = Task.Run(() => testFiles.Load(firstTest));
        ImageSet train;
        try
        {
            train = trainFiles.Load(firstTrain);
        }
        catch
        {
            // wait, so that no file stays open behind the caller's back; the training split's error is the one to show
            test.ContinueWith(t => t.Exception, TaskScheduler.Default).Wait();
            throw;
        }

        ImageSet tested = test.GetAwaiter().GetResult();
        if (tested.Height != train.Height || tested.Width != train.Width || tested.Channels != train.Channels)
        {
            throw new DataFormatException(
                testFiles.Files[0], $"images of {train.Channels}x{train.Height}x{train.Width}, as in {trainFiles.Files[0]}",
                $"{tested.Channels}x{tested.Height}x{tested.Width}", "Use training and test files of the same dataset.");
        }

        return new Dataset(name, train, tested);
    }

    private SplitFiles Require(string name, bool train)
    {
        DatasetLayout layout = DatasetLayouts.Of(name) ?? throw new DatasetNotFoundException(
            name, Path, $"dataset '{name}' is not known. Known datasets: {string.Join(", ", Names)}.");
        List<string> missing = [];
        if (layout.Find(Path, train, missing) is { } files)
        {
            return files;
        }

        string reason = Directory.Exists(Path) ? "the files are not there" : "the folder does not exist";
        throw new DatasetNotFoundException(
            name, Path,
            $"dataset '{name}': looked for {string.Join(" and ", missing)} in {Path}, {reason}. {layout.Advice} in that folder, " +
            "or point ENGRAM_DATA or --data at the folder that holds them. The built-in synthetic digits need no files.");
    }
}
