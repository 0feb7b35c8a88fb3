namespace Engram.Data;

/// <summary>Files of CIFAR records: in the dataset's own folder, in the folder that the published archive unpacks to, or in the archive itself.</summary>
/// <param name="name">The dataset's name.</param>
/// <param name="folder">The dataset's own folder.</param>
/// <param name="labels">The labels of a record.</param>
/// <param name="train">The training files.</param>
/// <param name="test">The test file.</param>
/// <param name="archive">The published archive without <c>.tar.gz</c> and the folder in it; null where there is none.</param>
internal sealed class CifarLayout(string name, string folder, CifarLabels labels, string[] train, string test, (string File, string Folder)? archive = null)
    : DatasetLayout(name, archive is { } published
        ? $"Put {published.File}.tar.gz (the binary version, as published) beside the other datasets, or its .bin files into {folder}/"
        : $"Put {string.Join(", ", train)} and {test}, in CIFAR-10's binary layout, into {folder}/")
{
    /// <inheritdoc/>
    public override SplitFiles? Find(string root, bool training, List<string> missing)
    {
        string[] files = training ? train : [test];
        string[] places = Places();
        string place = places.FirstOrDefault(p => files.Any(file => Find(root, $"{p}/{file}") is not null)) ?? folder;
        if (place == folder && Archive(root) is { } packed && files.All(file => Find(root, $"{folder}/{file}") is null))
        {
            return new SplitFiles([packed], first => CifarFile.LoadArchive(packed, files, Name, labels, first));
        }

        return FindAll(root, [.. files.Select(file => $"{place}/{file}")], missing) is { } found
            ? new SplitFiles(found, first => CifarFile.Load(found, Name, labels, first))
            : null;
    }

    /// <inheritdoc/>
    public override bool Begun(string root) => Places().Any(place => Directory.Exists(Path.Combine(root, place))) || Archive(root) is not null;

    private string[] Places() => archive is { } published ? [folder, $"{folder}/{published.Folder}", published.Folder] : [folder];

    private string? Archive(string root) => archive is { } published
        ? ((string[])[Path.Combine(root, folder, published.File + ".tar.gz"), Path.Combine(root, published.File + ".tar.gz")]).FirstOrDefault(File.Exists)
        : null;
}
