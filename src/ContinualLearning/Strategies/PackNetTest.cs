using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Under which weights a packed network's finished tasks are tested.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PackNetTest>))]
public enum PackNetTest
{
    /// <summary>Those that existed when the task ended: nothing is forgotten, and the task must be known. Its outputs and running statistics are kept too.</summary>
    [JsonStringEnumMemberName("own")]
    Own,

    /// <summary>All of them: one network for all tasks, whose outputs go on learning.</summary>
    [JsonStringEnumMemberName("whole")]
    Whole,
}
