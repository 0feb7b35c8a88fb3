using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which images share a dictionary of patches.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PatchDictionary>))]
public enum PatchDictionary
{
    /// <summary>All of a task.</summary>
    [JsonStringEnumMemberName("task")]
    Task,

    /// <summary>Those of one class of a task.</summary>
    [JsonStringEnumMemberName("class")]
    Class,
}
