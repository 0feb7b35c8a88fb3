namespace Engram.Data;

/// <summary>A dataset as papers speak of it: its training images and its test images.</summary>
/// <param name="Name">The dataset's name, e.g. <c>fashion-mnist</c>.</param>
/// <param name="Train">The training images.</param>
/// <param name="Test">The test images; same size, channels and classes as <paramref name="Train"/>.</param>
public sealed record Dataset(string Name, ImageSet Train, ImageSet Test)
{
    /// <summary>The datasets that this one is composed of, one after the other; empty for a dataset that is not composed.</summary>
    public IReadOnlyList<Dataset> Parts { get; init; } = [];

    /// <summary>How networks are to see the pixels; in [0, 1] for null. The images themselves stay as they are.</summary>
    public Normalization? Normalization { get; init; }
}
