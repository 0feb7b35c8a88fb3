using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>What memory strength follows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StrengthScheduleKind>))]
public enum StrengthScheduleKind
{
    /// <summary>Nothing: γ.</summary>
    [JsonStringEnumMemberName("constant")]
    Constant,

    /// <summary>The number k of past tasks: γ·k^power.</summary>
    [JsonStringEnumMemberName("by-task")]
    ByTask,

    /// <summary>How often constraints were violated lately: γ·min(1, rate/target).</summary>
    [JsonStringEnumMemberName("by-violation-rate")]
    ByViolationRate,
}
