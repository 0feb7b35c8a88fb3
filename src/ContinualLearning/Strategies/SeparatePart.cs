using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which parameters every task has for itself.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SeparatePart>))]
public enum SeparatePart
{
    /// <summary>All: one network per task.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>The first layer: one input layer per task before a shared rest.</summary>
    [JsonStringEnumMemberName("input-layer")]
    InputLayer,
}
