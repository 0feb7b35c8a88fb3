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

    /// <summary>
    /// Every task has outputs of its own: label c of task t is output t·n + c, with n outputs per task. A sample's loss sees its own task's outputs
    /// only, replayed samples' those of the task that they come from; the other heads get a gradient of exactly zero. At test time the task must be
    /// known (task-incremental learning). Choosing among the outputs of all heads means guessing the task as well: right only when both are.
    /// </summary>
    [JsonStringEnumMemberName("multi-head")]
    MultiHead,
}
