using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How tensors are kept between forward and backward.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SavedTensorsKind>))]
public enum SavedTensorsKind
{
    /// <summary>As they are.</summary>
    [JsonStringEnumMemberName("exact")]
    Exact,

    /// <summary>Activations as 16-bit floats.</summary>
    [JsonStringEnumMemberName("half")]
    Half,
}
