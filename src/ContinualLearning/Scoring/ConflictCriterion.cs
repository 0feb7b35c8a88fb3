using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>What makes a sample conflict with the incoming batch, whose gradient is g; the highest score conflicts most.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConflictCriterion>))]
public enum ConflictCriterion
{
    /// <summary>The change of its loss, ⟨∇ℓ(x), d⟩ with the step d.</summary>
    [JsonStringEnumMemberName("loss-change")]
    LossChange,

    /// <summary>⟨∇ℓ(x), d⟩/(‖∇ℓ(x)‖·‖d‖): large losses have no advantage.</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,

    /// <summary>‖∇ℓ(x) − g‖²: prefers large gradients as well as opposed ones.</summary>
    [JsonStringEnumMemberName("squared-difference")]
    SquaredDifference,
}
