using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How the coefficients of an image's patches vary.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PatchCovariance>))]
public enum PatchCovariance
{
    /// <summary>Together, along a few directions in the space of all coefficients of an image, so that drawn patches fit each other.</summary>
    [JsonStringEnumMemberName("joint")]
    Joint,

    /// <summary>Each position on its own, with a full covariance of its coefficients.</summary>
    [JsonStringEnumMemberName("position")]
    Position,
}
