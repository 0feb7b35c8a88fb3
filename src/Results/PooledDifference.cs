namespace Engram.Results;

/// <summary>
/// The difference of two arms over several places (datasets, scenarios, sizes of a memory): per seed the mean over the places of a − b, then the paired test over the
/// seeds. A seed counts once however many places it was run at, since its runs have class orders and initial weights in common.
/// </summary>
/// <param name="Difference">The mean with its interval and test over the seeds that all places have.</param>
/// <param name="Places">Number of places.</param>
/// <param name="Higher">Number of places at which a's mean is above b's, over the same seeds.</param>
public sealed record PooledDifference(PairedDifference Difference, int Places, int Higher)
{
    /// <summary>Pools the differences of pairs.</summary>
    /// <param name="places">The arm whose gain is asked for and the one that it is compared with, at every place. [places]</param>
    /// <param name="metric">The quantity; <c>null</c> from it where an entry lacks it, which makes the difference NaN.</param>
    public static PooledDifference Between(IReadOnlyList<(MethodResult A, MethodResult B)> places, Func<MethodResult, Statistic?> metric)
    {
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(metric);
        int[] seeds = places.Count == 0 ? [] : [.. places.Select(place => place.A.Seeds.Intersect(place.B.Seeds)).Aggregate((x, y) => x.Intersect(y))];
        double[] pooled = new double[seeds.Length];
        int higher = 0;
        foreach ((MethodResult a, MethodResult b) in places)
        {
            double[] differences = [.. seeds.Select(seed => Value(a, metric, seed) - Value(b, metric, seed))];
            for (int i = 0; i < pooled.Length; i++)
                pooled[i] += differences[i] / places.Count;
            if (differences.Sum() > 0)
                higher++;
        }

        return new PooledDifference(PairedDifference.Of(pooled), places.Count, higher);
    }

    private static double Value(MethodResult entry, Func<MethodResult, Statistic?> metric, int seed)
    {
        for (int i = 0; i < entry.Seeds.Count; i++)
        {
            if (entry.Seeds[i] == seed)
                return metric(entry)?.Values[i] ?? double.NaN;
        }

        return double.NaN;
    }
}
