using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>How the tasks of a rotation stream get their angles.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RotationAngles>))]
public enum RotationAngles
{
    /// <summary>Task i turns by i times a fixed step.</summary>
    [JsonStringEnumMemberName("fixed-step")]
    FixedStep,

    /// <summary>[0°, 180°) is cut into equal intervals, one per task in order; the angle is uniform inside (GEM, arXiv 1706.08840).</summary>
    [JsonStringEnumMemberName("random-in-interval")]
    RandomInInterval,

    /// <summary>Every angle is uniform in [0°, 180°), independent of the others.</summary>
    [JsonStringEnumMemberName("random")]
    Random,
}
