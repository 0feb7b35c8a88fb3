using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// k-means in double precision: centres chosen far apart (k-means++, Arthur and Vassilvitskii 2007), then Lloyd's rounds of assigning every
/// point to its nearest centre and moving every centre to the mean of its points; a centre that loses all its points moves to the point that
/// is worst served.
/// </summary>
public static class KMeans
{
    /// <summary>Clusters points; the cheapest of several runs from different centres.</summary>
    /// <param name="points">Points as rows [n, d].</param>
    /// <param name="d">Numbers per point, at least 1.</param>
    /// <param name="clusters">Groups wanted, at least 1; fewer come back when there are fewer different points.</param>
    /// <param name="restarts">Runs, at least 1.</param>
    /// <param name="rounds">Most rounds of one run, at least 1.</param>
    /// <param name="random">Chooses the centres that a run starts from.</param>
    /// <exception cref="ArgumentException">No points, or a number of clusters, restarts or rounds below 1.</exception>
    public static Clustering Run(ReadOnlySpan<double> points, int d, int clusters, int restarts, int rounds, ref RandomCursor random)
    {
        if (d < 1 || points.IsEmpty || points.Length % d != 0)
            throw new ArgumentException($"k-means: expected at least one point of {d} numbers, got {points.Length} numbers", nameof(points));
        if (clusters < 1 || restarts < 1 || rounds < 1)
            throw new ArgumentException($"k-means: clusters, restarts and rounds must be 1 or more, got {clusters}, {restarts}, {rounds}", nameof(clusters));
        int n = points.Length / d, k = Math.Min(clusters, n);
        Clustering? best = null;
        for (int run = 0; run < restarts; run++)
        {
            Clustering found = Once(points, n, d, k, rounds, ref random);
            if (best is null || found.Cost < best.Cost)
                best = found;
            if (k == 1)
                break;
        }

        return best!;
    }

    /// <summary>‖a − b‖².</summary>
    internal static double SquaredDistance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int j = 0; j < a.Length; j++)
            sum += (a[j] - b[j]) * (a[j] - b[j]);
        return sum;
    }

    private static Clustering Once(ReadOnlySpan<double> points, int n, int d, int k, int rounds, ref RandomCursor random)
    {
        var centres = new double[k * d];
        var distance = new double[n];
        var assignment = new int[n];
        var counts = new int[k];
        Seed(points, n, d, k, centres, distance, ref random);
        Array.Fill(assignment, -1);
        List<double> costs = [];
        for (int round = 0; round < rounds; round++)
        {
            bool changed = Assign(points, n, d, k, centres, assignment, distance);
            costs.Add(Sum(distance));
            if (!changed)
                return Clustering.WithoutEmpty(assignment, k, costs, converged: true);
            if (round + 1 < rounds)
                Move(points, n, d, k, centres, assignment, distance, counts);
        }

        return Clustering.WithoutEmpty(assignment, k, costs, converged: false);
    }

    // the first centre is any point; every next one is a point drawn with a probability in proportion to its squared distance to the nearest centre
    private static void Seed(ReadOnlySpan<double> points, int n, int d, int k, double[] centres, double[] distance, ref RandomCursor random)
    {
        int chosen = random.NextInt32(n);
        Array.Fill(distance, double.PositiveInfinity);
        for (int c = 0; c < k; c++)
        {
            ReadOnlySpan<double> centre = points.Slice(chosen * d, d);
            centre.CopyTo(centres.AsSpan(c * d));
            double total = 0;
            for (int i = 0; i < n; i++)
            {
                distance[i] = Math.Min(distance[i], SquaredDistance(points.Slice(i * d, d), centre));
                total += distance[i];
            }

            if (c + 1 == k)
                return;
            double left = random.NextUniformDouble() * total;
            chosen = 0;
            for (int i = 0; i < n; i++)
            {
                if (distance[i] <= 0)
                    continue;
                chosen = i; // the last possible point when rounding leaves a rest
                left -= distance[i];
                if (left < 0)
                    break;
            }
        }
    }

    private static bool Assign(ReadOnlySpan<double> points, int n, int d, int k, double[] centres, int[] assignment, double[] distance)
    {
        bool changed = false;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> point = points.Slice(i * d, d);
            // a tie leaves a point where it is, so that equal centres cannot hand it to and fro
            int best = assignment[i];
            double least = best < 0 ? double.PositiveInfinity : SquaredDistance(point, centres.AsSpan(best * d, d));
            for (int c = 0; c < k; c++)
            {
                double squared = SquaredDistance(point, centres.AsSpan(c * d, d));
                if (squared < least)
                    (best, least) = (c, squared);
            }

            changed |= best != assignment[i];
            assignment[i] = best;
            distance[i] = least;
        }

        return changed;
    }

    private static void Move(ReadOnlySpan<double> points, int n, int d, int k, double[] centres, int[] assignment, double[] distance, int[] counts)
    {
        Array.Clear(counts);
        foreach (int cluster in assignment)
            counts[cluster]++;
        Repair(assignment, distance, counts);
        Array.Clear(centres);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < d; j++)
                centres[assignment[i] * d + j] += points[i * d + j];
        }

        for (int c = 0; c < k; c++)
        {
            for (int j = 0; j < d && counts[c] > 0; j++)
                centres[c * d + j] /= counts[c];
        }
    }

    /// <summary>Gives every empty group the point that costs most where it is and is not the last of its group.</summary>
    /// <param name="assignment">Group of every point [n]; changed.</param>
    /// <param name="cost">Cost of every point [n]; 0 for those that move.</param>
    /// <param name="counts">Points of every group; changed. A group stays empty when no point costs anything.</param>
    public static void Repair(int[] assignment, double[] cost, int[] counts)
    {
        for (int c = 0; c < counts.Length; c++)
        {
            if (counts[c] > 0)
                continue;
            int worst = -1;
            for (int i = 0; i < assignment.Length; i++)
            {
                if (cost[i] > 0 && counts[assignment[i]] > 1 && (worst < 0 || cost[i] > cost[worst]))
                    worst = i;
            }

            if (worst < 0)
                return; // every point lies on its centre: there are not that many different points
            counts[assignment[worst]]--;
            (assignment[worst], cost[worst], counts[c]) = (c, 0, 1);
        }
    }

    private static double Sum(double[] values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum;
    }
}
