namespace Engram.Results;

/// <summary>How a group of workloads lies against the fastest peer of each, by the ratio of times.</summary>
/// <param name="Name">The group: <c>gemm/skinny</c>.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Count">Workloads with a peer.</param>
/// <param name="Mean">Geometric mean of the ratios.</param>
/// <param name="Worst">Largest ratio.</param>
/// <param name="WorstName">Workload of the largest ratio.</param>
public sealed record BenchGroup(string Name, int Threads, int Count, double Mean, double Worst, string WorstName)
{
    /// <summary>The groups of a run that have peers, in the order of their rows.</summary>
    /// <param name="document">The run.</param>
    public static IReadOnlyList<BenchGroup> Of(BenchDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return [.. document.Rows.Where(row => row.Peers.Count > 0).GroupBy(row => (row.Group, row.Threads)).Select(group =>
        {
            BenchRow worst = group.MaxBy(row => row.RatioToFastest!.Value)!;
            double mean = Math.Exp(group.Average(row => Math.Log(row.RatioToFastest!.Value)));
            return new BenchGroup(group.Key.Group, group.Key.Threads, group.Count(), mean, worst.RatioToFastest!.Value, worst.Name);
        })];
    }
}
