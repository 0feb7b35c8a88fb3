using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>What the generators of one class may cost together.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GeneratorBudget>))]
public enum GeneratorBudget
{
    /// <summary>No limit: the ranks are given.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>At most the scalars of one generator of a reference rank in the paper's form.</summary>
    [JsonStringEnumMemberName("scalar-equal")]
    ScalarEqual,

    /// <summary>At most the bytes of one generator of a reference rank in the paper's form.</summary>
    [JsonStringEnumMemberName("byte-equal")]
    ByteEqual,
}
