namespace Engram.Data;

/// <summary>Datasets by the names that experiments use: the built-in one and those read from a folder.</summary>
public static class DatasetCatalog
{
    /// <summary>Every name that <see cref="Load"/> knows, the built-in dataset first.</summary>
    public static IReadOnlyList<string> Names { get; } = [SyntheticDigits.Name, .. DatasetFolder.KnownNames];

    /// <summary>What stands before the path of an image folder: <c>folder:images/birds</c>.</summary>
    public const string FolderPrefix = "folder:";

    /// <summary>Loads or draws a dataset.</summary>
    /// <param name="name">One of <see cref="Names"/>, or <c>folder:</c> and the path of an <see cref="ImageFolder"/>.</param>
    /// <param name="folder">The folder with real datasets; null when there is none. The built-in dataset does not need it.</param>
    /// <param name="synthetic">What the built-in dataset is to hold; its defaults when left out.</param>
    /// <exception cref="DatasetNotFoundException">The name is unknown, or its files cannot be found.</exception>
    /// <exception cref="DataFormatException">A file is damaged.</exception>
    public static Dataset Load(string name, string? folder = null, SyntheticDigitsOptions? synthetic = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == SyntheticDigits.Name)
        {
            return SyntheticDigits.Create(synthetic ?? new SyntheticDigitsOptions());
        }

        if (name.StartsWith(FolderPrefix, StringComparison.Ordinal))
        {
            return ImageFolder.Load(name[FolderPrefix.Length..]);
        }

        if (!DatasetFolder.KnownNames.Contains(name))
        {
            throw new DatasetNotFoundException(
                name, folder ?? "", $"dataset '{name}' is not known. Known datasets: {string.Join(", ", Names)}, and {FolderPrefix}PATH for a folder of PNG images.");
        }

        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new DatasetNotFoundException(
                name, "", $"dataset '{name}' is read from files, and no data folder was given. Point ENGRAM_DATA or --data at the folder " +
                $"that holds {name}/, or use the built-in '{SyntheticDigits.Name}'.");
        }

        return new DatasetFolder(folder).Load(name);
    }
}
