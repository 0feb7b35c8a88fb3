namespace Engram.ContinualLearning;

/// <summary>Which part of a memory is drawn from.</summary>
public enum ReplayScope
{
    /// <summary>Everything, samples of the running task included.</summary>
    All,

    /// <summary>Only samples of tasks that have ended.</summary>
    FinishedTasks,
}
