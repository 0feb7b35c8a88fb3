namespace Engram.Data;

/// <summary>One thing that was checked in a data folder.</summary>
/// <param name="Subject">The dataset, or the file relative to the folder.</param>
/// <param name="Ok">Whether it is as it should be.</param>
/// <param name="Message">What was seen.</param>
/// <param name="Remedy">What to do; empty when all is well.</param>
public sealed record DataFinding(string Subject, bool Ok, string Message, string Remedy = "")
{
    /// <summary>Whether this is about a known dataset that is not in the folder, which is no problem; the remedy says how to get it in place.</summary>
    public bool Absent { get; init; }

    /// <summary>The dataset's figures, for a dataset that loads.</summary>
    public DatasetSummary? Summary { get; init; }
}
