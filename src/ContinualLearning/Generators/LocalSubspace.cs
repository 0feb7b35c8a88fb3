using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>The directions in which a group of points spreads most: principal components about the origin, or about the mean.</summary>
public sealed class LocalSubspace
{
    private LocalSubspace(double[]? mean, double[] directions, double[] energies)
    {
        Mean = mean;
        Directions = directions;
        Energies = energies;
    }

    /// <summary>The mean [d] of an affine subspace, or null of a linear one.</summary>
    public double[]? Mean { get; }

    /// <summary>Orthonormal directions as rows [r, d], by falling energy.</summary>
    public double[] Directions { get; }

    /// <summary>Sums of squared coefficients along all directions [d], falling; directions past r included.</summary>
    public double[] Energies { get; }

    /// <summary>Fits the subspace of one group.</summary>
    /// <param name="points">Points as rows [n, d].</param>
    /// <param name="d">Numbers per point.</param>
    /// <param name="assignment">Group of every point.</param>
    /// <param name="group">The group.</param>
    /// <param name="rank">Directions wanted, 0 or more; fewer when d is below.</param>
    /// <param name="affine">About the mean.</param>
    public static unsafe LocalSubspace Fit(ReadOnlySpan<double> points, int d, int[] assignment, int group, int rank, bool affine)
    {
        int r = Math.Min(rank, d), count = assignment.AsSpan().Count(group);
        double[]? mean = affine ? new double[d] : null;
        for (int i = 0; affine && i < assignment.Length; i++)
        {
            for (int j = 0; assignment[i] == group && j < d; j++)
                mean![j] += points[i * d + j] / count;
        }

        var gram = new double[d * d];
        var x = new double[d];
        for (int i = 0; i < assignment.Length; i++)
        {
            if (assignment[i] != group)
                continue;
            for (int j = 0; j < d; j++)
                x[j] = points[i * d + j] - (mean?[j] ?? 0);
            for (int j = 0; j < d; j++)
            {
                for (int l = j; l < d; l++)
                    gram[j * d + l] += x[j] * x[l];
            }
        }

        var energies = new double[d];
        var directions = new double[r * d];
        fixed (double* a = gram, w = energies, v = directions)
            SymmetricEigen.Decompose(a, d, r, w, v, new double[SymmetricEigen.ScratchLength(d)]);
        return new LocalSubspace(mean, directions, energies);
    }

    /// <summary>The squared distance of a point to the subspace.</summary>
    /// <param name="point">The point [d].</param>
    /// <param name="work">Room for d numbers.</param>
    public double Residual(ReadOnlySpan<double> point, Span<double> work)
    {
        int d = point.Length;
        point.CopyTo(work);
        for (int j = 0; Mean is not null && j < d; j++)
            work[j] -= Mean[j];
        for (int k = 0; k < Directions.Length; k += d)
        {
            double along = 0;
            for (int j = 0; j < d; j++)
                along += Directions[k + j] * work[j];
            // taken off at once, not squared and subtracted at the end: that would cancel for points near the subspace
            for (int j = 0; j < d; j++)
                work[j] -= along * Directions[k + j];
        }

        double sum = 0;
        for (int j = 0; j < d; j++)
            sum += work[j] * work[j];
        return sum;
    }
}
