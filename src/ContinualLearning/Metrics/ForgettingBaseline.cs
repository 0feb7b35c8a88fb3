namespace Engram.ContinualLearning;

/// <summary>Which earlier accuracies forgetting is measured against.</summary>
public enum ForgettingBaseline
{
    /// <summary>The best of all rows before the last, rows from before the task was learned included: what A-GEM's published code does.</summary>
    AllEarlierRows,

    /// <summary>The best from the task's own row on.</summary>
    RowsFromTaskOn,
}
