using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>What the number of fit samples counts; the paper leaves it open.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FitSampleScope>))]
public enum FitSampleScope
{
    /// <summary>Random samples of the task, whatever their class: about s/c per class.</summary>
    [JsonStringEnumMemberName("perTask")]
    PerTask,

    /// <summary>Random samples of every class.</summary>
    [JsonStringEnumMemberName("perClass")]
    PerClass,
}
