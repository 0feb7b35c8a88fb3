namespace Engram.ContinualLearning;

/// <summary>The training samples of a finished task, for memories that are filled when a task ends.</summary>
public interface ITaskSamples
{
    /// <summary>Number of samples.</summary>
    int Count { get; }

    /// <summary>Features per sample.</summary>
    int Features { get; }

    /// <summary>Label of one sample.</summary>
    int Label(int index);

    /// <summary>Writes chosen samples: x [n, features], y [n].</summary>
    void CopyTo(ReadOnlySpan<int> indices, Span<float> x, Span<int> y);
}
