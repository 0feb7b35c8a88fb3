namespace Engram.Data;

/// <summary>The figures of a dataset that loads.</summary>
/// <param name="Name">The dataset's name.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="Channels">Planes of an image.</param>
/// <param name="Train">Training images per class.</param>
/// <param name="Test">Test images per class.</param>
public sealed record DatasetSummary(
    string Name, int Height, int Width, int Channels, IReadOnlyList<int> Train, IReadOnlyList<int> Test)
{
    /// <summary>Sums up a dataset.</summary>
    /// <param name="dataset">The dataset.</param>
    public static DatasetSummary Of(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ImageSet train = dataset.Train;
        return new DatasetSummary(
            dataset.Name, train.Height, train.Width, train.Channels, train.ClassHistogram(), dataset.Test.ClassHistogram());
    }
}
