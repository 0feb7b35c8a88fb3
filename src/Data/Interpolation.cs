using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>How a rotated image takes its pixels from the original.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Interpolation>))]
public enum Interpolation
{
    /// <summary>The pixel in which the rotated position lies; what the published rotation benchmarks use.</summary>
    [JsonStringEnumMemberName("nearest")]
    Nearest,

    /// <summary>The four nearest pixels, weighted by closeness; smoother edges.</summary>
    [JsonStringEnumMemberName("bilinear")]
    Bilinear,
}
