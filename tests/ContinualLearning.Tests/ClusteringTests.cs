using Engram.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public class ClusteringTests
{
    // blobs far apart or not, with repeated points now and then
    private static double[] Points(int seed, out int n, out int d, out int k)
    {
        var random = new RandomCursor(RandomStream.For((ulong)seed, "points"));
        (n, d, k) = (1 + random.NextInt32(60), 1 + random.NextInt32(6), 1 + random.NextInt32(7));
        var points = new double[n * d];
        double spread = random.NextInt32(3) == 0 ? 0 : 1;
        for (int i = 0; i < n; i++)
        {
            int blob = random.NextInt32(4);
            for (int j = 0; j < d; j++)
                points[i * d + j] = 5 * blob * (j % 2) + spread * random.NextNormal();
        }

        return points;
    }

    [Fact]
    public void Costs_of_k_means_never_rise_and_every_point_ends_at_its_nearest_mean() => Prop.ForAll<int>(seed =>
    {
        double[] points = Points(seed, out int n, out int d, out int k);
        var random = new RandomCursor(RandomStream.For((ulong)seed, "centres"));
        Clustering found = KMeans.Run(points, d, k, restarts: 3, rounds: 200, ref random);
        Assert.True(found.Converged);
        AssertFalling(found.Costs);
        int[] counts = found.Counts();
        Assert.All(counts, count => Assert.True(count > 0));
        Assert.InRange(found.Clusters, 1, Math.Min(k, n));
        var means = new double[found.Clusters * d];
        for (int i = 0; i < points.Length; i++)
            means[found.Assignment[i / d] * d + i % d] += points[i] / counts[found.Assignment[i / d]];
        double cost = 0;
        for (int i = 0; i < n; i++)
        {
            double own = Distance(points, means, i, found.Assignment[i], d);
            cost += own;
            for (int c = 0; c < found.Clusters; c++)
                Assert.True(own <= Distance(points, means, i, c, d) + 1e-9, $"point {i} is nearer to {c}");
        }

        Assert.Equal(found.Cost, cost, 1e-7 * (1 + cost));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Costs_of_local_subspaces_never_rise_and_every_point_ends_at_its_nearest_subspace(bool affine) => Prop.ForAll<int>(seed =>
    {
        double[] points = Points(seed, out int n, out int d, out int k);
        var random = new RandomCursor(RandomStream.For((ulong)seed, "centres"));
        Clustering start = KMeans.Run(points, d, k, restarts: 1, rounds: 3, ref random);
        int rank = 1 + random.NextInt32(3);
        Clustering found = LocalSubspaces.Run(points, d, start, rank, affine, rounds: 200);
        AssertFalling(found.Costs);
        Assert.All(found.Counts(), count => Assert.True(count > 0));
        if (!found.Converged)
            return;
        double[] residuals = new double[found.Clusters];
        for (int i = 0; i < n; i++)
        {
            for (int c = 0; c < found.Clusters; c++)
                residuals[c] = LocalSubspace.Fit(points, d, found.Assignment, c, affine ? rank - 1 : rank, affine).Residual(points.AsSpan(i * d, d), new double[d]);
            Assert.True(residuals[found.Assignment[i]] <= residuals.Min() + 1e-7, $"point {i}: {residuals[found.Assignment[i]]} against {residuals.Min()}");
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Separate_blobs_are_found()
    {
        var random = new RandomCursor(RandomStream.For(3, "blobs"));
        var points = new double[90 * 2];
        for (int i = 0; i < 90; i++)
        {
            points[2 * i] = 20 * (i % 3) + random.NextNormal();
            points[2 * i + 1] = random.NextNormal();
        }

        Clustering found = KMeans.Run(points, 2, 3, restarts: 5, rounds: 100, ref random);
        for (int i = 3; i < 90; i++)
            Assert.Equal(found.Assignment[i % 3], found.Assignment[i]);
        Assert.Equal([30, 30, 30], found.Counts());
    }

    [Fact]
    public void Crossing_lines_are_told_apart_where_means_cannot()
    {
        var random = new RandomCursor(RandomStream.For(3, "lines"));
        var points = new double[200 * 2];
        for (int i = 0; i < 200; i++)
        {
            double at = 4 * random.NextNormal();
            points[2 * i + i % 2] = at;
            points[2 * i + 1 - i % 2] = 0.01 * random.NextNormal();
        }

        Clustering start = KMeans.Run(points, 2, 2, restarts: 5, rounds: 100, ref random);
        Clustering found = LocalSubspaces.Run(points, 2, start, 1, affine: false, rounds: 100);
        int right = Enumerable.Range(0, 200).Count(i => found.Assignment[i] == (i % 2 == 0 ? found.Assignment[0] : 1 - found.Assignment[0]));
        Assert.True(right > 190, $"{right} of 200");
        Assert.True(found.Cost < 0.01 * start.Cost);
    }

    [Fact]
    public void A_group_that_lost_all_its_points_gets_the_one_that_costs_most()
    {
        int[] assignment = [0, 0, 0, 1], counts = [3, 1, 0];
        double[] cost = [1, 9, 2, 50];
        KMeans.Repair(assignment, cost, counts);
        Assert.Equal([0, 2, 0, 1], assignment); // not the last point of group 1, though it costs more
        Assert.Equal([2, 1, 1], counts);
        Assert.Equal(0, cost[1]);
    }

    [Fact]
    public void Equal_points_make_one_group_and_parts_that_are_too_small_are_dissolved()
    {
        var random = new RandomCursor(RandomStream.For(3, "equal"));
        Clustering found = KMeans.Run(Enumerable.Repeat(2.5, 40).ToArray(), 2, 4, 2, 50, ref random);
        Assert.Equal(1, found.Clusters);
        Assert.Equal(0, found.Cost);
        double[] line = [0, 0.1, 0.2, 5, 5.1, 5.2, 9];
        var parts = new Clustering([0, 0, 0, 1, 1, 1, 2], 3, [0], true);
        Clustering large = parts.WithoutSmall(line, 1, 2);
        Assert.Equal([0, 0, 0, 1, 1, 1, 1], large.Assignment);
        Assert.Equal(1, parts.WithoutSmall(line, 1, 100).Clusters);
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        var random = new RandomCursor(RandomStream.For(3, "wrong"));
        Assert.Contains("point of 3", Assert.Throws<ArgumentException>(() => { var r = random; KMeans.Run(new double[4], 3, 1, 1, 1, ref r); }).Message);
        Assert.Contains("0", Assert.Throws<ArgumentException>(() => { var r = random; KMeans.Run(new double[4], 2, 0, 1, 1, ref r); }).Message);
        Assert.Contains("rank 0", Assert.Throws<ArgumentException>(() => LocalSubspaces.Run(new double[4], 2, new Clustering([0, 0], 1, [0], true), 0, false, 5)).Message);
    }

    private static void AssertFalling(IReadOnlyList<double> costs)
    {
        for (int i = 1; i < costs.Count; i++)
            Assert.True(costs[i] <= costs[i - 1] * (1 + 1e-9) + 1e-9, $"round {i}: {costs[i]} after {costs[i - 1]}");
    }

    private static double Distance(double[] points, double[] means, int i, int c, int d) =>
        Enumerable.Range(0, d).Sum(j => Math.Pow(points[i * d + j] - means[c * d + j], 2));
}
