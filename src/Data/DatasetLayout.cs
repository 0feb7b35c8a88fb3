namespace Engram.Data;

/// <summary>How a known dataset lies in a data folder: its files' names, its size as published, where it comes from.</summary>
/// <param name="name">The name that experiments use.</param>
/// <param name="advice">Which files to put where, a sentence.</param>
internal abstract class DatasetLayout(string name, string advice)
{
    /// <summary>The name that experiments use.</summary>
    public string Name => name;

    /// <summary>Which files to put where, a sentence.</summary>
    public string Advice => advice;

    /// <summary>Images of the dataset as published; null where versions differ.</summary>
    public (int Train, int Test)? Published { get; init; }

    /// <summary>The dataset whose files these are, where two names read the same files.</summary>
    public string? SameFilesAs { get; init; }

    /// <summary>Finds the files of a split.</summary>
    /// <param name="root">The data folder.</param>
    /// <param name="train">Training images, or test images.</param>
    /// <param name="missing">Receives the files, relative to the folder, that were looked for and not found.</param>
    /// <returns>Null when not all are there.</returns>
    public abstract SplitFiles? Find(string root, bool train, List<string> missing);

    /// <summary>Whether any of the dataset's files or its folder is there.</summary>
    /// <param name="root">The data folder.</param>
    public virtual bool Begun(string root) => Directory.Exists(Path.Combine(root, Name));

    /// <summary>The full path of a file, packed or plain; null when it is not there.</summary>
    protected static string? Find(string root, string relative)
    {
        string plain = Path.Combine(root, relative);
        return File.Exists(plain + ".gz") ? plain + ".gz" : File.Exists(plain) ? plain : null;
    }

    /// <summary>All files of a list, or null after noting those that are not there.</summary>
    protected static string[]? FindAll(string root, IReadOnlyList<string> relative, List<string> missing)
    {
        string?[] found = [.. relative.Select(file => Find(root, file))];
        missing.AddRange(relative.Where((_, i) => found[i] is null).Select(file => file + "[.gz]"));
        return found.Any(file => file is null) ? null : [.. found.Select(file => file!)];
    }
}
