using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which memory: JSON <c>{"kind": "buffer", …}</c>, <c>{"kind": "svd-generators", …}</c> and so on.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(BufferOptions), "buffer")]
[JsonDerivedType(typeof(SvdGeneratorOptions), "svd-generators")]
[JsonDerivedType(typeof(CompressedBufferOptions), "compressed-buffer")]
[JsonDerivedType(typeof(ClusteredSvdGeneratorOptions), "clustered-svd-generators")]
[JsonDerivedType(typeof(PatchSvdGeneratorOptions), "patch-svd-generators")]
public abstract record ReplaySourceOptions
{
    /// <summary>
    /// Collect the samples that the memory wants at a task's end from the stream itself (a reservoir per task, freed at its end), so that
    /// <see cref="Learner.EndTask(ITaskSamples?)"/> can be called without them.
    /// </summary>
    public bool CollectFromStream { get; set; }

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    /// <param name="at">JSON path of this record, for the messages.</param>
    public abstract IEnumerable<string> Problems(string at);

    /// <summary>An empty memory with these settings.</summary>
    /// <param name="features">Features per sample.</param>
    /// <param name="device">Where decompositions run.</param>
    public abstract IReplaySource Create(int features, Kernels.Device device);
}
