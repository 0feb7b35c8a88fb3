using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which samples a buffer keeps.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BufferStorage>))]
public enum BufferStorage
{
    /// <summary>A uniform sample of the whole stream: <see cref="ReservoirStorage"/>.</summary>
    [JsonStringEnumMemberName("reservoir")]
    Reservoir,

    /// <summary>The last samples of every class of every task: <see cref="RingStorage"/>.</summary>
    [JsonStringEnumMemberName("ring")]
    Ring,

    /// <summary>Random training samples of every finished task: <see cref="TaskEndStorage"/>.</summary>
    [JsonStringEnumMemberName("task-end")]
    TaskEnd,

    /// <summary>The last samples of every task, whatever their class: <see cref="TaskRingStorage"/>.</summary>
    [JsonStringEnumMemberName("task-ring")]
    TaskRing,
}
