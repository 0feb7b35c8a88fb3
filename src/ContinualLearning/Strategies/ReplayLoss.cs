using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>What a joint step over current and replayed samples minimizes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayLoss>))]
public enum ReplayLoss
{
    /// <summary>Mean cross-entropy over all outputs that the head shows.</summary>
    [JsonStringEnumMemberName("cross-entropy")]
    CrossEntropy,

    /// <summary>
    /// The proxy-based contrastive loss of PCR (Lin et al. 2023, arXiv 2304.04408): −log(exp(s_y)/Σ exp(s_{y_j})), the sum over the samples j of the joint
    /// batch; see <see cref="ProxyContrast"/>. Meant for a cosine head.
    /// </summary>
    [JsonStringEnumMemberName("proxy-contrastive")]
    ProxyContrastive,
}
