namespace Engram.Results;

/// <summary>How a workload's time changed between two runs.</summary>
public enum BenchVerdict
{
    /// <summary>Within the noise of both runs.</summary>
    Unchanged,

    /// <summary>Slower by more than the noise of both runs.</summary>
    Slower,

    /// <summary>Faster by more than the noise of both runs.</summary>
    Faster,

    /// <summary>Only the new run has it.</summary>
    Added,

    /// <summary>Only the old run has it.</summary>
    Missing,
}
