namespace Engram.Results;

/// <summary>Who a run replayed: rows of a memory drawn as candidates, and those of them that were replayed, by class and by age.</summary>
public sealed record RetrievalCounts
{
    /// <summary>Candidates drawn, by label.</summary>
    public required IReadOnlyList<long> DrawnByClass { get; init; }

    /// <summary>Rows replayed, by label.</summary>
    public required IReadOnlyList<long> ReplayedByClass { get; init; }

    /// <summary>Candidates drawn, by how many tasks ago they were stored; 0 is the running task.</summary>
    public required IReadOnlyList<long> DrawnByAge { get; init; }

    /// <summary>Rows replayed, by how many tasks ago they were stored.</summary>
    public required IReadOnlyList<long> ReplayedByAge { get; init; }

    /// <summary>How many times as often an entry is among the replayed rows as among the candidates; NaN where no candidate was.</summary>
    /// <param name="replayed">Rows replayed.</param>
    /// <param name="drawn">Candidates; as many entries.</param>
    public static double[] Preference(IReadOnlyList<long> replayed, IReadOnlyList<long> drawn)
    {
        ArgumentNullException.ThrowIfNull(replayed);
        ArgumentNullException.ThrowIfNull(drawn);
        double all = drawn.Sum(), kept = replayed.Sum();
        return [.. replayed.Select((count, i) => drawn[i] == 0 || kept == 0 ? double.NaN : count / kept / (drawn[i] / all))];
    }
}
