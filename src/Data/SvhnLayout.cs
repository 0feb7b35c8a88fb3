namespace Engram.Data;

/// <summary>SVHN's cropped digits: the published MATLAB files, or IDX files with four sizes.</summary>
internal sealed class SvhnLayout() : DatasetLayout(
    "svhn", "Put train_32x32.mat and test_32x32.mat (format 2, cropped digits), or IDX files train-images-idx4-ubyte, train-labels-idx1-ubyte and t10k-…, into svhn/")
{
    /// <inheritdoc/>
    public override SplitFiles? Find(string root, bool train, List<string> missing)
    {
        string matlab = $"svhn/{(train ? "train" : "test")}_32x32.mat", path = Path.Combine(root, matlab), split = train ? "train" : "t10k";
        if (File.Exists(path))
        {
            return new SplitFiles([path], first => SvhnFile.Load(path, Name, first));
        }

        List<string> idx = [];
        if (FindAll(root, [$"svhn/{split}-images-idx4-ubyte", $"svhn/{split}-labels-idx1-ubyte"], idx) is { } found)
        {
            return new SplitFiles(found, first => IdxFile.LoadPair(found[0], found[1], Name, 10, first, tenIsZero: true));
        }

        missing.AddRange(idx.Count == 1 ? idx : [matlab]);
        return null;
    }
}
