using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How the memory of a task is cut into groups, each with a constraint of its own (d-mGEM, arXiv 2410.00868).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DataPartition>))]
public enum DataPartition
{
    /// <summary>At random, by a permutation that belongs to the task: the same groups in every step while its memory stays the same.</summary>
    [JsonStringEnumMemberName("random")]
    Random,

    /// <summary>Row i in group i mod M.</summary>
    [JsonStringEnumMemberName("interleaved")]
    Interleaved,

    /// <summary>Rows by label, cut into M groups of equal size.</summary>
    [JsonStringEnumMemberName("by-class")]
    ByClass,

    /// <summary>In the order of the memory, cut into M groups; memories that keep the order of time (task-ring) give groups of time.</summary>
    [JsonStringEnumMemberName("by-time")]
    ByTime,
}
