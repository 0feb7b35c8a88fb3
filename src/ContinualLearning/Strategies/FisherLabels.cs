using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which labels a Fisher information is measured with.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FisherLabels>))]
public enum FisherLabels
{
    /// <summary>Those of the data: the empirical Fisher information, as in most published code.</summary>
    [JsonStringEnumMemberName("data")]
    Data,

    /// <summary>One drawn per sample from the network's own probabilities: the Fisher information of arXiv 1612.00796.</summary>
    [JsonStringEnumMemberName("model")]
    Model,
}
