using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Which samples of a stream stay in a store.</summary>
public interface IStoragePolicy : ICheckpointed
{
    /// <summary>True when the samples of a finished task stay as they are, in their places, whatever comes later.</summary>
    bool KeepsFinishedTasks => false;

    /// <summary>Training samples of the task wanted when it ends; 0 for policies that take from the stream.</summary>
    int SamplesWanted(in TaskContext task, int features);

    /// <summary>A task begins: the place to make room, so that writing allocates nothing.</summary>
    void BeginTask(in TaskContext task, SampleStore store);

    /// <summary>A batch has been learned.</summary>
    void Observe(in Batch batch, int task, SampleStore store, ref RandomCursor random);

    /// <summary>A task has ended.</summary>
    void EndTask(in TaskContext task, ITaskSamples? samples, SampleStore store);
}
