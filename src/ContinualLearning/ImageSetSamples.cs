using Engram.Data;

namespace Engram.ContinualLearning;

/// <summary>An image set as the samples of a task: pixels in [0, 1].</summary>
/// <param name="images">The task's training images.</param>
public sealed class ImageSetSamples(ImageSet images) : ITaskSamples
{
    /// <inheritdoc/>
    public int Count => images.Count;

    /// <inheritdoc/>
    public int Features => images.PixelCount;

    /// <inheritdoc/>
    public int Label(int index) => images.Label(index);

    /// <inheritdoc/>
    public void CopyTo(ReadOnlySpan<int> indices, Span<float> x, Span<int> y) => images.CopyTo(indices, x, y);
}
