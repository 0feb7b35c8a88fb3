namespace Engram.Data;

/// <summary>The files of one split of a dataset, found on disk, and how they are read.</summary>
/// <param name="Files">Full paths, in the order of the images.</param>
/// <param name="Load">Reads the first so many images, all for null.</param>
internal sealed record SplitFiles(IReadOnlyList<string> Files, Func<int?, ImageSet> Load);
