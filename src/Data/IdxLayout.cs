namespace Engram.Data;

/// <summary>A pair of IDX files per split, under MNIST's names.</summary>
internal sealed class IdxLayout(string name)
    : DatasetLayout(name, $"Put the four IDX files of {name} (train-… and t10k-…, plain or gzip, with MNIST's file names) into {name}/")
{
    /// <inheritdoc/>
    public override SplitFiles? Find(string root, bool train, List<string> missing)
    {
        string split = train ? "train" : "t10k";
        return FindAll(root, [$"{Name}/{split}-images-idx3-ubyte", $"{Name}/{split}-labels-idx1-ubyte"], missing) is { } found
            ? new SplitFiles(found, first => IdxFile.LoadPair(found[0], found[1], Name, first: first))
            : null;
    }
}
