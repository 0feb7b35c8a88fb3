using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which outputs take part in the loss of a sample.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HeadPolicy>))]
public enum HeadPolicy
{
    /// <summary>All outputs, whatever the task: class- and domain-incremental learning.</summary>
    [JsonStringEnumMemberName("shared")]
    Shared,

    /// <summary>
    /// The outputs of the sample's own task; the others get the logit −1e30, so their softmax and their gradients are exactly zero
    /// (as GEM does on split CIFAR-100, Lopez-Paz and Ranzato 2017).
    /// </summary>
    [JsonStringEnumMemberName("masked")]
    Masked,
}
