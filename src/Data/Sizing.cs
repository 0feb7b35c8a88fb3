using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>How images get another size.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Sizing>))]
public enum Sizing
{
    /// <summary>A border where that enlarges a side by less than half (28 → 32), else resampling (16 → 28, 32 → 28).</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>A border of zeros around the image, which keeps every pixel; only for larger sizes.</summary>
    [JsonStringEnumMemberName("pad")]
    Pad,

    /// <summary>Resampling by a triangle filter: linear interpolation when enlarging, weighted means when shrinking.</summary>
    [JsonStringEnumMemberName("resize")]
    Resize,
}
