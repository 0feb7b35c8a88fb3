using System.Numerics.Tensors;
using Engram.ContinualLearning;

namespace Engram.Benchmarking.Families;

/// <summary>Decompositions held against their definitions, in double precision.</summary>
internal static class SvdCheck
{
    /// <summary>
    /// The error beside the least possible one (at most 1 % above it), singular values beside those of the Gram matrix, relative to the largest, and how far U is from
    /// orthonormal.
    /// </summary>
    public static Deviation Truncated(ClassMatrix matrix, int rank, float[] u, float[] s, float[] vt)
    {
        double optimal = matrix.OptimalError(rank), excess = Error(matrix, rank, u, s, vt) / optimal - 1;
        double worst = Math.Max(excess / 10, -excess * 100);
        for (int k = 0; k < rank; k++)
            worst = Math.Max(worst, Math.Abs(s[k] - matrix.Spectrum[k]) / matrix.Spectrum[0]);
        return Worst(worst, Orthonormality(Columns(u, rank)), 1e-3);
    }

    /// <summary>‖A − U S Vᵀ‖ / ‖A‖ (Frobenius) of the images as columns.</summary>
    public static double Error(ClassMatrix matrix, int rank, float[] u, float[] s, float[] vt)
    {
        double difference = 0, total = 0;
        double[][] left = Columns(u, rank);
        double[] approximation = new double[matrix.Features];
        for (int j = 0; j < matrix.Count; j++)
        {
            double[] x = Widened(matrix.Rows.AsSpan(j * matrix.Features, matrix.Features));
            total += TensorPrimitives.SumOfSquares<double>(x);
            x.CopyTo(approximation, 0);
            for (int k = 0; k < rank; k++)
                TensorPrimitives.MultiplyAdd(left[k], -(double)s[k] * vt[k * matrix.Count + j], approximation, approximation);
            difference += TensorPrimitives.SumOfSquares<double>(approximation);
        }

        return Math.Sqrt(difference / total);
    }

    /// <summary>
    /// Of the first and the last generator: an orthonormal basis, that captures what the best one does up to a thousandth, and mean and covariance of the coefficients
    /// of the samples in it.
    /// </summary>
    public static Deviation Generators(ClassMatrix[] matrices, SvdGenerator[] generators)
    {
        if (generators.Length != matrices.Length)
            return new Deviation(double.NaN, 0);
        double worst = 0;
        foreach (int index in new[] { 0, matrices.Length - 1 }.Distinct())
        {
            (ClassMatrix matrix, SvdGenerator generator) = (matrices[index], generators[index]);
            int r = generator.Rank, n = matrix.Count;
            double[][] basis = new double[r][], z = new double[r][];
            float[] row = new float[matrix.Features];
            for (int k = 0; k < r; k++)
            {
                generator.BasisRow(k, row);
                basis[k] = Widened(row);
                z[k] = [.. Enumerable.Range(0, n).Select(i => TensorPrimitives.Dot<double>(Widened(matrix.Rows.AsSpan(i * matrix.Features, matrix.Features)), basis[k]))];
            }

            double best = matrix.Spectrum[..r].ToArray().Sum(s => s * s), captured = z.Sum(line => TensorPrimitives.SumOfSquares<double>(line));
            worst = Math.Max(worst, Math.Max(Orthonormality(basis), Math.Abs(captured / best - 1)));
            double scale = best / n;
            float[] covariance = generator.Covariance();
            double[] means = [.. z.Select(line => line.Average())];
            for (int i = 0; i < r; i++)
            {
                worst = Worst(worst, Math.Abs(generator.Mean[i] - means[i]) / Math.Sqrt(scale), 0).Error;
                for (int j = 0; j < r; j++)
                {
                    double expected = (TensorPrimitives.Dot<double>(z[i], z[j]) - n * means[i] * means[j]) / Math.Max(1, n - 1);
                    worst = Worst(worst, Math.Abs(covariance[i * r + j] - expected) / scale, 0).Error;
                }
            }
        }

        return new Deviation(worst, 1e-3);
    }

    /// <summary>QᵀQ − I and QR − A, element by element.</summary>
    public static Deviation Qr(float[] a, float[] q, float[] r, int columns)
    {
        double[][] basis = Columns(q, columns), upper = Columns(r, columns);
        double worst = Orthonormality(basis);
        for (int i = 0; i < a.Length; i++)
        {
            double sum = 0;
            for (int k = 0; k < columns; k++)
                sum += basis[k][i / columns] * upper[i % columns][k];
            worst = Worst(worst, Math.Abs(sum - a[i]), 0).Error;
        }

        return new Deviation(worst, 1e-4);
    }

    /// <summary>VᵀV − I, A v − λ v of every vector relative to the largest eigenvalue, and the trace.</summary>
    public static Deviation Eigen(float[] a, float[] values, float[] vectors, int order)
    {
        double[][] rows = [.. vectors.Chunk(order).Select(row => Widened(row))], matrix = [.. a.Chunk(order).Select(row => Widened(row))];
        double worst = Orthonormality(rows), largest = Math.Max(Math.Abs(values[0]), Math.Abs(values[^1]));
        for (int k = 0; k < rows.Length; k++)
        {
            for (int i = 0; i < order; i++)
                worst = Worst(worst, Math.Abs(TensorPrimitives.Dot<double>(matrix[i], rows[k]) - values[k] * rows[k][i]) / largest, 0).Error;
        }

        double trace = Enumerable.Range(0, order).Sum(i => matrix[i][i]);
        return Worst(worst, Math.Abs(values.Sum(value => (double)value) - trace) / largest, 1e-4);
    }

    private static Deviation Worst(double a, double b, double tolerance) => new(a > b || double.IsNaN(a) ? a : b, tolerance);

    private static double Orthonormality(double[][] vectors)
    {
        double worst = 0;
        for (int i = 0; i < vectors.Length; i++)
        {
            for (int j = 0; j <= i; j++)
                worst = Worst(worst, Math.Abs(TensorPrimitives.Dot<double>(vectors[i], vectors[j]) - (i == j ? 1 : 0)), 0).Error;
        }

        return worst;
    }

    // the columns of a row-major matrix
    private static double[][] Columns(float[] matrix, int columns) =>
        [.. Enumerable.Range(0, columns).Select(k => Enumerable.Range(0, matrix.Length / columns).Select(i => (double)matrix[i * columns + k]).ToArray())];

    private static double[] Widened(ReadOnlySpan<float> x)
    {
        double[] wide = new double[x.Length];
        TensorPrimitives.ConvertTruncating(x, wide.AsSpan());
        return wide;
    }
}
