using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How the images of a class are split before each part gets a generator of its own.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClusterPartition>))]
public enum ClusterPartition
{
    /// <summary>By distance to means: <see cref="KMeans"/>.</summary>
    [JsonStringEnumMemberName("k-means")]
    KMeans,

    /// <summary>By distance to subspaces through the origin, as the generators are: <see cref="LocalSubspaces"/>.</summary>
    [JsonStringEnumMemberName("linear-patches")]
    LinearPatches,

    /// <summary>By distance to subspaces through the means of their parts: local PCA.</summary>
    [JsonStringEnumMemberName("affine-patches")]
    AffinePatches,
}
