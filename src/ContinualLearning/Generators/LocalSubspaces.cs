namespace Engram.ContinualLearning;

/// <summary>
/// Local PCA patches ("k-planes", Bradley and Mangasarian 2000; Kambhatla and Leen 1997): every group is a subspace of a fixed rank, linear
/// (through the origin) or affine (through the group's mean); rounds of fitting each subspace to its points and moving every point to the
/// subspace that leaves the least residual.
/// </summary>
public static class LocalSubspaces
{
    // a move must pay more than rounding, or equal subspaces would hand points to and fro
    private const double LeastGain = 1e-12;

    /// <summary>Goes on from a first split until no point moves.</summary>
    /// <param name="points">Points as rows [n, d].</param>
    /// <param name="d">Numbers per point.</param>
    /// <param name="start">The first split.</param>
    /// <param name="rank">Directions of a subspace, at least 1; the mean of an affine one counts as a direction, for it is stored too.</param>
    /// <param name="affine">Whether subspaces go through the means of their groups.</param>
    /// <param name="rounds">Most rounds, at least 1.</param>
    /// <exception cref="ArgumentException">A rank or a number of rounds below 1, or points that do not fit the split.</exception>
    public static Clustering Run(ReadOnlySpan<double> points, int d, Clustering start, int rank, bool affine, int rounds)
    {
        ArgumentNullException.ThrowIfNull(start);
        if (rank < 1 || rounds < 1 || d < 1 || points.Length != (long)start.Assignment.Length * d)
            throw new ArgumentException($"local subspaces: expected rank and rounds of 1 or more and points [{start.Assignment.Length}, {d}], " +
                $"got rank {rank}, {rounds} rounds and {points.Length} numbers", nameof(points));
        int n = start.Assignment.Length, k = start.Clusters;
        int[] assignment = [.. start.Assignment];
        var subspaces = new LocalSubspace[k];
        var cost = new double[n];
        List<double> costs = [];
        for (int round = 0; round < rounds; round++)
        {
            for (int c = 0; c < k; c++)
                subspaces[c] = LocalSubspace.Fit(points, d, assignment, c, affine ? rank - 1 : rank, affine);
            bool changed = Assign(points, d, subspaces, assignment, cost);
            costs.Add(cost.Sum());
            if (!changed)
                return Clustering.WithoutEmpty(assignment, k, costs, converged: true);
            if (round + 1 == rounds)
                break;
            var counts = new int[k];
            foreach (int cluster in assignment)
                counts[cluster]++;
            KMeans.Repair(assignment, cost, counts);
        }

        return Clustering.WithoutEmpty(assignment, k, costs, converged: false);
    }

    private static bool Assign(ReadOnlySpan<double> points, int d, LocalSubspace[] subspaces, int[] assignment, double[] cost)
    {
        bool changed = false;
        var work = new double[d];
        for (int i = 0; i < assignment.Length; i++)
        {
            ReadOnlySpan<double> point = points.Slice(i * d, d);
            double squared = 0;
            foreach (double value in point)
                squared += value * value;
            int best = assignment[i];
            double least = subspaces[best].Residual(point, work);
            for (int c = 0; c < subspaces.Length; c++)
            {
                double residual = subspaces[c].Residual(point, work);
                if (residual < least - LeastGain * squared)
                    (best, least) = (c, residual);
            }

            changed |= best != assignment[i];
            assignment[i] = best;
            cost[i] = least;
        }

        return changed;
    }
}
