using System.Text.Json.Serialization;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>What memory strength γ means; the three are not equivalent.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StrengthForm>))]
public enum StrengthForm
{
    /// <summary>v ≥ γ, as GEM's published code does it: the projection of g + γ·Σ_k ĝ_k.</summary>
    [JsonStringEnumMemberName("lower-bound")]
    LowerBound,

    /// <summary>Solve with v ≥ 0, then use v + γ, as GEM's paper words it: the projection of g, plus γ·Σ_k ĝ_k. The result may violate constraints.</summary>
    [JsonStringEnumMemberName("add-to-dual")]
    AddToDual,

    /// <summary>Demand ⟨ĝ_k, z⟩ ≥ γ‖ĝ_k‖² instead of ≥ 0.</summary>
    [JsonStringEnumMemberName("margin")]
    Margin,
}
