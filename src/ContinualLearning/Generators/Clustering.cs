namespace Engram.ContinualLearning;

/// <summary>Points split into groups.</summary>
/// <param name="Assignment">Group of every point [n], each in [0, <paramref name="Clusters"/>).</param>
/// <param name="Clusters">Groups, none of them empty.</param>
/// <param name="Costs">The cost after every assignment, never rising: the sum over all points of the squared distance to what stands for the group.</param>
/// <param name="Converged">True when the last round changed nothing; false when the limit of rounds came first.</param>
public sealed record Clustering(int[] Assignment, int Clusters, IReadOnlyList<double> Costs, bool Converged)
{
    /// <summary>The cost at the end.</summary>
    public double Cost => Costs[^1];

    /// <summary>Points in every group [clusters].</summary>
    public int[] Counts()
    {
        var counts = new int[Clusters];
        foreach (int cluster in Assignment)
            counts[cluster]++;
        return counts;
    }

    /// <summary>Dissolves the smallest group below a size, its points going to the nearest other mean, until all are large enough or one is left.</summary>
    /// <param name="points">The points as rows [n, d].</param>
    /// <param name="d">Numbers per point.</param>
    /// <param name="least">Points that a group needs.</param>
    public Clustering WithoutSmall(ReadOnlySpan<double> points, int d, int least)
    {
        Clustering parts = this;
        while (parts.Clusters > 1)
        {
            int[] counts = parts.Counts();
            int smallest = Array.IndexOf(counts, counts.Min());
            if (counts[smallest] >= least)
                return parts;
            var means = new double[parts.Clusters * d];
            for (int i = 0; i < parts.Assignment.Length; i++)
            {
                for (int j = 0; j < d; j++)
                    means[parts.Assignment[i] * d + j] += points[i * d + j] / counts[parts.Assignment[i]];
            }

            int[] assignment = [.. parts.Assignment];
            for (int i = 0; i < assignment.Length; i++)
            {
                if (assignment[i] != smallest)
                    continue;
                double nearest = double.PositiveInfinity;
                for (int c = 0; c < parts.Clusters; c++)
                {
                    double squared = c == smallest ? double.PositiveInfinity : KMeans.SquaredDistance(points.Slice(i * d, d), means.AsSpan(c * d, d));
                    if (squared < nearest)
                        (nearest, assignment[i]) = (squared, c);
                }
            }

            parts = Clustering.WithoutEmpty(assignment, parts.Clusters, parts.Costs, parts.Converged);
        }

        return parts;
    }

    /// <summary>The same split with the empty ones of <paramref name="clusters"/> groups left out and the others numbered without gaps.</summary>
    internal static Clustering WithoutEmpty(int[] assignment, int clusters, IReadOnlyList<double> costs, bool converged)
    {
        var number = new int[clusters];
        foreach (int cluster in assignment)
            number[cluster] = 1;
        int kept = 0;
        for (int k = 0; k < clusters; k++)
            number[k] = number[k] == 1 ? kept++ : -1;
        return new Clustering([.. assignment.Select(cluster => number[cluster])], kept, costs, converged);
    }
}
