using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>Where the numbers of a normalization come from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NormalizationKind>))]
public enum NormalizationKind
{
    /// <summary>Networks see pixels in [0, 1].</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The values published for the dataset: <see cref="Normalization.Published"/>.</summary>
    [JsonStringEnumMemberName("dataset")]
    Dataset,

    /// <summary>Those of the training images that are used, in the form in which they are used.</summary>
    [JsonStringEnumMemberName("computed")]
    Computed,
}
