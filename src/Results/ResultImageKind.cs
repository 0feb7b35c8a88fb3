using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>Where an image of a result document comes from.</summary>
public enum ResultImageKind
{
    /// <summary>A training image, as the loader gave it.</summary>
    [JsonStringEnumMemberName("real")]
    Real,

    /// <summary>An image drawn from a generator.</summary>
    [JsonStringEnumMemberName("generated")]
    Generated,
}
