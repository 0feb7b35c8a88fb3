using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>When a step is projected (and memory strength, which acts through the projection, acts at all).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConstraintTrigger>))]
public enum ConstraintTrigger
{
    /// <summary>A module is projected when one of its own constraints is violated.</summary>
    [JsonStringEnumMemberName("per-module")]
    PerModule,

    /// <summary>All modules are projected when any constraint is violated.</summary>
    [JsonStringEnumMemberName("any")]
    Any,

    /// <summary>All modules are projected in every step.</summary>
    [JsonStringEnumMemberName("always")]
    Always,
}
