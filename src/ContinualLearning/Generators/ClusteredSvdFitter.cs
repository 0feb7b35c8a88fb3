using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// Splits the images of a class and fits one <see cref="SvdGenerator"/> to every part. The split works on the coefficients of a truncated SVD of
/// the class; the generators are fitted to the images themselves, so that one part gives the generator of <see cref="SvdFitter"/> bit for bit.
/// </summary>
internal static class ClusteredSvdFitter
{
    private const int LeastReducedRank = 50, Restarts = 10, Rounds = 100, SubspaceRounds = 40;

    /// <summary>Fits the generators of one class of one task.</summary>
    /// <param name="device">Where decompositions run.</param>
    /// <param name="samples">Images as rows [n, P], at least one.</param>
    /// <param name="features">P.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="label">The class.</param>
    /// <param name="options">Clusters, budget, storage.</param>
    /// <param name="seed">Seed of the class's decomposition; parts after the first derive theirs from it.</param>
    /// <param name="random">Chooses the first centres.</param>
    public static IReadOnlyList<SvdGenerator> Fit(
        Device device, float[] samples, int features, int task, int label, ClusteredSvdGeneratorOptions options, ulong seed, ref RandomCursor random)
    {
        int n = samples.Length / features;
        var budget = new ClassBudget(options, features);
        int wanted = Math.Min(Math.Min(options.Clusters, budget.MostClusters), n);
        if (wanted == 1)
            return [SvdFitter.Fit(device, samples, features, task, label, Single(options, budget.LargestRank(1)), seed)];
        int d = Math.Min(Math.Max(LeastReducedRank, budget.LargestRank(1)), Math.Min(n, features));
        double[] points = Reduce(device, samples, n, features, d, seed);
        Clustering parts = KMeans.Run(points, d, wanted, Restarts, Rounds, ref random);
        bool affine = options.Partition == ClusterPartition.AffinePatches;
        if (options.Partition != ClusterPartition.KMeans)
        {
            // every subspace gets the same rank while points are assigned: with unequal ones the larger would take all
            int local = options.Budget == GeneratorBudget.None ? options.Rank : Math.Max(1, budget.LargestRank(wanted));
            parts = LocalSubspaces.Run(points, d, parts, local, affine, SubspaceRounds);
        }

        parts = parts.WithoutSmall(points, d, options.MinCluster);
        int[] ranks = Ranks(parts, points, d, affine, budget, options);
        var generators = new SvdGenerator[parts.Clusters];
        for (int c = 0; c < generators.Length; c++)
        {
            float[] own = parts.Clusters == 1 ? samples : Rows(samples, features, parts.Assignment, c);
            ulong sketch = c == 0 ? seed : new RandomStream(seed, 0).Branch((ulong)c).Key;
            generators[c] = affine && parts.Clusters > 1
                ? FitAffine(device, own, features, task, label, options, ranks[c], sketch)
                : SvdFitter.Fit(device, own, features, task, label, Single(options, ranks[c]), sketch);
        }

        return generators;
    }

    private static SvdGeneratorOptions Single(ClusteredSvdGeneratorOptions options, int rank) => new() { Rank = rank, Form = options.Form, Payload = options.Payload };

    // Z = UᵀX of the leading d components, as rows [n, d]
    private static double[] Reduce(Device device, float[] samples, int n, int features, int d, ulong seed)
    {
        using Tensor x = Tensor.From(device, samples, n, features), left = Tensor.Uninitialized(device, features, d), values = Tensor.Uninitialized(device, d);
        device.TruncatedSvd(x.T.View, new RandomizedSvdOptions(d) { Seed = seed }, left.View, values.View, null);
        float[] u = left.ToArray();
        var z = new double[n * d];
        for (int i = 0; i < n; i++)
        {
            for (int p = 0; p < features; p++)
            {
                double value = samples[i * features + p];
                for (int k = 0; value != 0 && k < d; k++)
                    z[i * d + k] += u[p * d + k] * value;
            }
        }

        return z;
    }

    // one component for every part, then each next one where it explains most of what is left
    private static int[] Ranks(Clustering parts, double[] points, int d, bool affine, ClassBudget budget, ClusteredSvdGeneratorOptions options)
    {
        int[] counts = parts.Counts(), ranks = new int[parts.Clusters];
        if (options.Budget == GeneratorBudget.None)
            return [.. counts.Select(count => Math.Min(options.Rank, count))];
        Array.Fill(ranks, 1);
        if (parts.Clusters == 1)
            return [budget.LargestRank(1)];
        var energies = new double[parts.Clusters][];
        for (int c = 0; c < energies.Length; c++)
        {
            LocalSubspace subspace = LocalSubspace.Fit(points, d, parts.Assignment, c, 0, affine);
            // the first component of an affine subspace is its mean
            energies[c] = affine ? [double.PositiveInfinity, .. subspace.Energies] : subspace.Energies;
        }

        while (true)
        {
            int best = -1;
            for (int c = 0; c < ranks.Length; c++)
            {
                if (ranks[c] >= Math.Min(d, counts[c]) || !budget.Allows(ranks, c))
                    continue;
                if (best < 0 || energies[c][ranks[c]] > energies[best][ranks[best]])
                    best = c;
            }

            if (best < 0)
                return ranks;
            ranks[best]++;
        }
    }

    private static float[] Rows(float[] samples, int features, int[] assignment, int part)
    {
        var own = new float[assignment.AsSpan().Count(part) * features];
        int row = 0;
        for (int i = 0; i < assignment.Length; i++)
        {
            if (assignment[i] == part)
                samples.AsSpan(i * features, features).CopyTo(own.AsSpan(row++ * features));
        }

        return own;
    }

    // a basis of the mean and the r−1 leading principal components: the affine subspace lies in it, and it costs what r directions cost
    private static SvdGenerator FitAffine(
        Device device, float[] samples, int features, int task, int label, ClusteredSvdGeneratorOptions options, int rank, ulong seed)
    {
        int n = samples.Length / features;
        var mean = new double[features];
        for (int i = 0; i < samples.Length; i++)
            mean[i % features] += samples[i] / (double)n;
        var centred = new float[samples.Length];
        for (int i = 0; i < samples.Length; i++)
            centred[i] = (float)(samples[i] - mean[i % features]);
        int directions = Math.Min(rank, Math.Min(n, features)) - 1, kept = 0;
        var basis = new double[(directions + 1) * features];
        if (Orthonormal.Append(basis, features, kept, mean))
            kept++;
        if (directions > 0)
        {
            using Tensor x = Tensor.From(device, centred, n, features), left = Tensor.Uninitialized(device, features, directions), values = Tensor.Uninitialized(device, directions);
            SvdStatus status = device.TruncatedSvd(x.T.View, new RandomizedSvdOptions(directions) { Seed = seed }, left.View, values.View, null);
            float[] u = left.ToArray();
            for (int k = 0; k < status.EffectiveRank; k++)
            {
                if (Orthonormal.Append(basis, features, kept, Enumerable.Range(0, features).Select(p => (double)u[p * directions + k]).ToArray()))
                    kept++;
            }
        }

        int r = Math.Max(1, kept);
        var columns = new float[features * r];
        for (int k = 0; k < r; k++)
        {
            for (int p = 0; p < features; p++)
                columns[p * r + k] = (float)basis[k * features + p];
        }

        return SvdFitter.OnBasis(samples, features, task, label, GeneratorForm.Paper, options.Payload, columns, r, r);
    }
}
