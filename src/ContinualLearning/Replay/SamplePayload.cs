using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How a buffer stores a feature.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SamplePayload>))]
public enum SamplePayload
{
    /// <summary>One byte, round(255·x) for x in [0, 1]: exact for 8-bit images.</summary>
    [JsonStringEnumMemberName("byte")]
    Byte,

    /// <summary>A 16-bit float.</summary>
    [JsonStringEnumMemberName("half")]
    Half,

    /// <summary>A 32-bit float: exact.</summary>
    [JsonStringEnumMemberName("float")]
    Float,
}
