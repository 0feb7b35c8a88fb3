using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>
/// Permuted images: every task has all classes and one fixed random order of the pixels. As in GEM's generator (arXiv 1706.08840)
/// the first task is permuted too, unless asked otherwise.
/// </summary>
public sealed record PermutationScenario : TransformScenario
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "permutation";

    /// <summary>Whether task 0 keeps the pixels where they are.</summary>
    public bool FirstIsIdentity { get; set; }

    private protected override IImageTransform TransformOf(ImageSet images, ulong seed, int task)
    {
        int plane = images.Height * images.Width;
        return FirstIsIdentity && task == 0
            ? new PixelPermutation([.. Enumerable.Range(0, plane)], "original pixels")
            : PixelPermutation.Random(plane, seed, task);
    }
}
