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

    /// <summary>
    /// The supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362) among the features of the joint batch, of length 1: samples of a class attract
    /// each other, two views of an image among them, and repel the others. The head takes no part; a sample belongs to the class whose mean feature in the
    /// memory is nearest (supervised contrastive replay, Mai et al. 2021, arXiv 2103.13885, without its projection head).
    /// </summary>
    [JsonStringEnumMemberName("supervised-contrastive")]
    SupervisedContrastive,
}
