using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How memory strength depends on the number of past tasks.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StrengthNormalization>))]
public enum StrengthNormalization
{
    /// <summary>γ for every past task, as published: the replayed gradient grows with the number of tasks, and so does the effective step, lr·(1 + γ·tasks).</summary>
    [JsonStringEnumMemberName("sum")]
    Sum,

    /// <summary>γ divided by the number of past tasks.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}
