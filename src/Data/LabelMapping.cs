using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>Which outputs the classes of a class-split stream use.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LabelMapping>))]
public enum LabelMapping
{
    /// <summary>The place in the class order modulo the classes per task: every task uses the same few outputs (domain-incremental).</summary>
    [JsonStringEnumMemberName("modulo")]
    Modulo,

    /// <summary>The dataset's own labels and one output per class of the dataset (class-incremental, or masked: task-incremental).</summary>
    [JsonStringEnumMemberName("keep")]
    Keep,
}
