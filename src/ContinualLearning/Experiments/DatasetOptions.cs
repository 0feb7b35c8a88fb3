using System.Text.Json.Serialization;
using Engram.Data;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Which images an experiment uses, how many of them, and in which form.</summary>
public sealed record DatasetOptions
{
    /// <summary>The name of datasets that are folders of PNG images.</summary>
    public const string FolderName = "folder";

    /// <summary>The name of datasets that are composed of several (<see cref="Domains"/>).</summary>
    public const string DomainsName = "domains";

    private const int LargestSide = 1024;

    /// <summary>
    /// The built-in digits (<c>synthetic-digits</c>, no files needed), a dataset of the data folder, <c>folder</c>: PNG images in the folder <see cref="Path"/>, or
    /// <c>domains</c>: the datasets that <see cref="Domains"/> names, for the scenario <c>domains</c>.
    /// </summary>
    public string Name { get; set; } = SyntheticDigits.Name;

    /// <summary>Takes only the first so many training images; all when left out.</summary>
    public int? Train { get; set; }

    /// <summary>Takes only the first so many test images; all when left out.</summary>
    public int? Test { get; set; }

    // Keys that came later are written only where they are set: what a cell is called by (its fingerprint) stays what it was.

    /// <summary>
    /// With the name <c>folder</c>: a folder of PNG images (<see cref="ImageFolder"/>), relative to the data folder where it is found there, else to the working
    /// folder.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; set; }

    /// <summary>
    /// With the name <c>domains</c>: names of datasets with the same classes, in the order of the tasks. <see cref="Train"/>, <see cref="Test"/> and
    /// <see cref="Fraction"/> hold for each; <see cref="Size"/> and <see cref="Channels"/> bring them to one form.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Domains { get; set; }

    /// <summary>
    /// Takes this part of every class's training images (of the first <see cref="Train"/>), in (0, 1]: the same images for every seed, and a smaller part is in
    /// every larger one. All when left out.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Fraction { get; set; }

    /// <summary>Rows and columns that images are brought to; the dataset's own when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Size { get; set; }

    /// <summary>How they are brought to <see cref="Size"/>: <c>auto</c>, <c>pad</c> or <c>resize</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Sizing Sizing { get; set; }

    /// <summary>Channels that images are brought to: 1 (gray) or 3 (colour); the dataset's own when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Channels { get; set; }

    /// <summary>
    /// How networks see the pixels: <c>none</c> (in [0, 1]), <c>dataset</c> (mean and deviation published for the dataset) or <c>computed</c> (those of the
    /// training images used). Memories and generators keep pixels in [0, 1].
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public NormalizationKind Normalize { get; set; }

    /// <summary>How the built-in digits are drawn; not used by other datasets.</summary>
    public SyntheticDigitsOptions Synthetic { get; set; } = new();

    /// <summary>Whether the images are drawn instead of read from files.</summary>
    [JsonIgnore]
    public bool IsBuiltIn => Name == SyntheticDigits.Name;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        string[] single = [SyntheticDigits.Name, .. DatasetFolder.KnownNames], names = [.. single, FolderName, DomainsName];
        if (!names.Contains(Name))
        {
            string? nearest = EditDistance.Nearest(Name, names);
            yield return $"dataset.name: \"{Name}\" is not known; {(nearest is null ? "" : $"did you mean \"{nearest}\"? ")}Known: {string.Join(", ", names)}";
        }

        if (Name == DomainsName && Domains is not { Count: > 0 })
            yield return "dataset.domains: is missing; name the datasets, as in [\"mnist\", \"usps\"]";
        if (Name == DomainsName && (Size is null || Channels is null))
            yield return "dataset.size, dataset.channels: are missing; say which form the domains are brought to";
        if (Name != DomainsName && Domains is not null)
            yield return $"dataset.domains: belongs to the name \"{DomainsName}\", not to \"{Name}\"";
        foreach (string domain in (Domains ?? []).Where(domain => !single.Contains(domain)))
            yield return $"dataset.domains: \"{domain}\" is not known{(EditDistance.Nearest(domain, single) is { } near ? $"; did you mean \"{near}\"?" : "")}";
        if (Name == FolderName && string.IsNullOrWhiteSpace(Path))
            yield return "dataset.path: is missing; name the folder of PNG images (train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png)";
        if (Name != FolderName && Path is not null)
            yield return $"dataset.path: belongs to the name \"{FolderName}\", not to \"{Name}\"; datasets of the data folder are found by their names";
        if (Train < 1)
            yield return $"dataset.train: at least one image is needed, got {Train}";
        if (Test < 1)
            yield return $"dataset.test: at least one image is needed, got {Test}";
        if (Fraction is { } fraction && !(fraction > 0 && fraction <= 1))
            yield return $"dataset.fraction: expected a number above 0, at most 1, got {fraction}";
        if (Size is < 1 or > LargestSide)
            yield return $"dataset.size: expected 1 to {LargestSide}, got {Size}";
        if (!Enum.IsDefined(Sizing))
            yield return $"dataset.sizing: expected \"auto\", \"pad\" or \"resize\", got {(int)Sizing}";
        if (Channels is not (null or 1 or 3))
            yield return $"dataset.channels: expected 1 or 3, got {Channels}";
        if (!Enum.IsDefined(Normalize))
            yield return $"dataset.normalize: expected \"none\", \"dataset\" or \"computed\", got {(int)Normalize}";
        if (Normalize == NormalizationKind.Dataset && (Normalization.Published(Name) is not { } published || (Channels is { } c && published.ForChannels(c) is null)))
            yield return $"dataset.normalize: there are no published values for {Name}{(Channels is null ? "" : $" with {Channels} channels")}; use \"computed\"";
        foreach (string problem in Synthetic.Validate())
            yield return "dataset.synthetic." + problem;
    }

    /// <summary>Reads or draws the images and brings them into the form asked for.</summary>
    /// <param name="dataFolder">The folder with the datasets' folders; null when there is none.</param>
    /// <exception cref="DatasetNotFoundException">Files are missing.</exception>
    /// <exception cref="DataFormatException">A file is damaged.</exception>
    /// <exception cref="ConfigurationException">The images cannot be brought into that form.</exception>
    public Dataset Load(string? dataFolder) => Name == DomainsName ? Composed(dataFolder) : Single(dataFolder);

    private Dataset Composed(string? dataFolder)
    {
        Dataset[] parts = [.. Domains!.Select(domain => (this with { Name = domain, Domains = null, Normalize = NormalizationKind.None }).Single(dataFolder))];
        try
        {
            ImageSet train = ImageSet.Concat(DomainsName, [.. parts.Select(part => part.Train)]);
            return new Dataset(DomainsName, train, ImageSet.Concat(DomainsName, [.. parts.Select(part => part.Test)]))
            {
                Parts = parts,
                Normalization = Normalize == NormalizationKind.Computed ? Normalization.Of(train) : null,
            };
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException("dataset", [e.Message]);
        }
    }

    private Dataset Single(string? dataFolder)
    {
        Dataset read = Read(dataFolder);
        try
        {
            ImageSet train = Shaped(Fraction is { } fraction ? read.Train.Fraction(fraction) : read.Train);
            return new Dataset(read.Name, train, Shaped(read.Test))
            {
                Normalization = Normalize switch
                {
                    NormalizationKind.Dataset => Normalization.Published(Name)?.ForChannels(train.Channels),
                    NormalizationKind.Computed => Normalization.Of(train),
                    _ => null,
                },
            };
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException("dataset", [e.Message]);
        }
    }

    private Dataset Read(string? dataFolder)
    {
        if (IsBuiltIn)
        {
            return SyntheticDigits.Create(Synthetic with
            {
                Train = Math.Min(Synthetic.Train, Train ?? int.MaxValue),
                Test = Math.Min(Synthetic.Test, Test ?? int.MaxValue),
            });
        }

        if (Name == FolderName)
        {
            string inData = System.IO.Path.Combine(dataFolder ?? "", Path!);
            return ImageFolder.Load(Directory.Exists(inData) ? inData : Path!, Size, Channels, Sizing, Train, Test);
        }

        if (dataFolder is null)
        {
            throw new DatasetNotFoundException(Name, "", $"dataset '{Name}': no data folder is given. "
                + "Point ENGRAM_DATA or --data at the folder that holds the datasets' folders, or use the built-in preset quickstart.");
        }

        return new DatasetFolder(dataFolder).Load(Name, Train, Test);
    }

    private ImageSet Shaped(ImageSet images)
    {
        // the number of channels is changed where fewer pixels are at stake
        ImageSet gray = Channels == 1 ? images.ToChannels(1) : images;
        ImageSet sized = Size is { } size ? gray.ToSize(size, size, Sizing) : gray;
        return Channels == 3 ? sized.ToChannels(3) : sized;
    }
}
