using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>A task as the parts of a learner see it.</summary>
/// <param name="Index">Number of the task, 0 for the first.</param>
/// <param name="Info">What the learner was told.</param>
/// <param name="Features">Features per sample.</param>
/// <param name="Outputs">Logits per sample.</param>
/// <param name="Seed">The learner's seed.</param>
public readonly record struct TaskContext(int Index, TaskInfo Info, int Features, int Outputs, ulong Seed)
{
    /// <summary>Sizes of a sample that is an image; null when samples are rows of numbers.</summary>
    public ImageShape? Image { get; init; }

    /// <summary>Number of outputs that can occur in the task.</summary>
    public int ClassCount => Info.Classes.Length == 0 ? Outputs : Info.Classes.Length;

    /// <summary>Random numbers of this task for one purpose.</summary>
    public RandomCursor Random(string purpose) => new(RandomStream.For(Seed, purpose, (ulong)Index));

    /// <summary>Sizes of the images, for a memory that must know them.</summary>
    /// <param name="memory">Name of the memory, for the message.</param>
    /// <exception cref="InvalidOperationException">The samples are no images.</exception>
    internal ImageShape RequireImage(string memory) => Image ?? throw new InvalidOperationException(
        $"{memory}: the images' channels, height and width must be known, but the model reads rows of {Features} numbers; " +
        "build it with Input = new ImageShape(channels, height, width)");
}
