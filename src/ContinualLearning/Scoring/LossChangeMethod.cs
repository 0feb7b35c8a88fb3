using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How the change of a sample's loss under the coming step is found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LossChangeMethod>))]
public enum LossChangeMethod
{
    /// <summary>⟨∇ℓ(x), d⟩ through the whole network in one pass: <see cref="LossChangeScorer.Changes"/>.</summary>
    [JsonStringEnumMemberName("taylor")]
    Taylor,

    /// <summary>The share of the last layer's weight and bias in that product, for little more than a forward pass.</summary>
    [JsonStringEnumMemberName("last-layer")]
    LastLayer,

    /// <summary>ℓ after a virtual step minus ℓ before it: two forward passes (MIR, Aljundi et al. 2019, arXiv 1908.04742).</summary>
    [JsonStringEnumMemberName("virtual-step")]
    VirtualStep,

    /// <summary>⟨∇ℓ(x), d⟩ from the gradient of every sample on its own: slow, and the only one that knows the gradients' norms.</summary>
    [JsonStringEnumMemberName("per-sample")]
    PerSample,
}
