using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How the basis U of a generator is stored; its statistics are always 32-bit floats.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GeneratorPayload>))]
public enum GeneratorPayload
{
    /// <summary>32-bit floats.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>16-bit floats.</summary>
    [JsonStringEnumMemberName("float16")]
    Float16,

    /// <summary>8-bit integers with one 32-bit scale per column.</summary>
    [JsonStringEnumMemberName("int8")]
    Int8,
}
