namespace Engram.ContinualLearning;

/// <summary>What a learner is told about a task when it begins.</summary>
public sealed record TaskInfo
{
    /// <summary>A name for messages and reports; may be empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>The outputs that belong to the task; empty for all. A masked head sees only these.</summary>
    public int[] Classes { get; set; } = [];
}
