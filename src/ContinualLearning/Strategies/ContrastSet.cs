using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which classes a candidate's loss tells apart while it is scored.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ContrastSet>))]
public enum ContrastSet
{
    /// <summary>Those of the incoming batch and the candidate's own, weighted by how many samples they would have together.</summary>
    [JsonStringEnumMemberName("batch-union-label")]
    BatchUnionLabel,

    /// <summary>Every class seen so far, with weight 1.</summary>
    [JsonStringEnumMemberName("all-seen")]
    AllSeen,
}
