using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>What a memory can tell about itself beyond its size, for results and reports.</summary>
public interface IMemoryDetails
{
    /// <summary>Training images that the memory stands for; their scalars over the scalars kept are its compression factor.</summary>
    long ImagesRepresented { get; }

    /// <summary>Adds named figures, such as the seconds that fits took, to the extras of a result.</summary>
    void Describe(IDictionary<string, double> figures);

    /// <summary>Writes one sample of a class of a task, stored or made, for pictures in a report.</summary>
    /// <param name="task">Number of the task.</param>
    /// <param name="label">The class.</param>
    /// <param name="random">The draws.</param>
    /// <param name="x">Receives the sample [features].</param>
    /// <returns>False when the memory has nothing of that class and task.</returns>
    bool TrySample(int task, int label, ref RandomCursor random, Span<float> x);
}
