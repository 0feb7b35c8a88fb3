using System.Numerics;
using System.Numerics.Tensors;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// Fits <see cref="SvdGenerator"/>s: truncated SVD of X [P, n], then mean and covariance of Z = UᵀX. The covariance's factor comes from a symmetric
/// eigendecomposition with negative eigenvalues set to 0, because Σ has rank min(r, n−1) and a Cholesky factorization would fail.
/// </summary>
public static class SvdFitter
{
    /// <summary>Fits one generator.</summary>
    /// <param name="device">Where the decomposition runs.</param>
    /// <param name="samples">Images as rows [n, P].</param>
    /// <param name="features">P.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="label">The class.</param>
    /// <param name="options">Rank, form, payload.</param>
    /// <param name="seed">Seed of the randomized decomposition.</param>
    /// <exception cref="ArgumentException">No samples, or a value is not finite.</exception>
    public static SvdGenerator Fit(Device device, ReadOnlySpan<float> samples, int features, int task, int label, SvdGeneratorOptions options, ulong seed)
    {
        int n = samples.Length / features;
        if (n == 0 || n * features != samples.Length)
            throw new ArgumentException($"SVD generator: expected at least one sample of {features} features, got {samples.Length} values");
        int wanted = Math.Min(options.Rank, Math.Min(n, features));
        var svd = new RandomizedSvdOptions(wanted) { Seed = seed };
        using Tensor x = Tensor.From(device, samples, n, features), left = Tensor.Uninitialized(device, features, wanted), values = Tensor.Uninitialized(device, wanted);
        SvdStatus status = device.TruncatedSvd(x.T.View, svd, left.View, values.View, null);
        float[] u = left.ToArray();
        int rank = Math.Max(1, status.EffectiveRank); // an all-black class keeps one zero component
        return OnBasis(samples, features, task, label, options.Form, options.Payload, u, wanted, rank);
    }

    /// <summary>Fits one generator per class, side by side on the device's threads; each is what <see cref="Fit"/> makes of it, bit for bit.</summary>
    /// <param name="device">Where the decompositions run.</param>
    /// <param name="samples">Per class, images as rows [n, P].</param>
    /// <param name="features">P.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="options">Rank, form, payload.</param>
    /// <param name="seeds">Per class, seed of the randomized decomposition.</param>
    /// <exception cref="ArgumentException">As many labels and seeds as classes are needed; a class has no samples, or a value is not finite.</exception>
    public static SvdGenerator[] FitAll(
        Device device, IReadOnlyList<float[]> samples, int features, int task, IReadOnlyList<int> labels, SvdGeneratorOptions options, IReadOnlyList<ulong> seeds)
    {
        if (labels.Count != samples.Count || seeds.Count != samples.Count)
            throw new ArgumentException($"SVD generators: expected a label and a seed for each of {samples.Count} classes, got {labels.Count} and {seeds.Count}");
        var body = new ClassBody(device, samples, features, task, labels, options, seeds);
        device.RunHost(samples.Count, ref body);
        return body.Generators;
    }

    private readonly struct ClassBody(
        Device device, IReadOnlyList<float[]> samples, int features, int task, IReadOnlyList<int> labels, SvdGeneratorOptions options, IReadOnlyList<ulong> seeds) : IChunkBody
    {
        public SvdGenerator[] Generators { get; } = new SvdGenerator[samples.Count];

        public void Execute(int chunk) => Generators[chunk] = Fit(device, samples[chunk], features, task, labels[chunk], options, seeds[chunk]);
    }

    /// <summary>A generator on a given orthonormal basis: mean and covariance of Z = UᵀX.</summary>
    /// <param name="samples">Images as rows [n, P], at least one.</param>
    /// <param name="features">P.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="label">The class.</param>
    /// <param name="form">What is stored; the lean form needs the basis of a decomposition of these very samples.</param>
    /// <param name="payload">How the basis is stored.</param>
    /// <param name="u">The basis [P, columns], row-major.</param>
    /// <param name="columns">Columns of <paramref name="u"/>.</param>
    /// <param name="rank">Columns used, the first r.</param>
    internal static SvdGenerator OnBasis(
        ReadOnlySpan<float> samples, int features, int task, int label, GeneratorForm form, GeneratorPayload payload, float[] u, int columns, int rank)
    {
        int n = samples.Length / features;
        (float[] mean, double[] second) = Coefficients(samples, n, features, u, columns, rank);
        var fit = new GeneratorFit(task, label, n, rank);
        float[] spread = form == GeneratorForm.Paper ? Factor(mean, second, n) : Diagonal(second, n);
        var rows = new float[rank * features];
        for (int k = 0; k < rank; k++)
        {
            for (int p = 0; p < features; p++)
                rows[k * features + p] = u[p * columns + k];
        }

        return new SvdGenerator(form, fit, PackedRows.Pack(rows, rank, features, payload), mean, spread);
    }

    // μ [r] and Z Zᵀ / n [r, r], from Z = UᵀX column by column in double precision
    private static (float[] Mean, double[] Second) Coefficients(ReadOnlySpan<float> samples, int n, int features, float[] u, int columns, int rank)
    {
        var z = new double[rank];
        var mean = new double[rank];
        var second = new double[rank * rank];
        var wide = new double[features * rank];
        for (int p = 0; p < features; p++)
            TensorPrimitives.ConvertTruncating<float, double>(u.AsSpan(p * columns, rank), wide.AsSpan(p * rank, rank));
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<float> x = samples.Slice(i * features, features);
            Array.Clear(z);
            for (int p = 0; p < features; p++)
            {
                if (x[p] != 0) // images are mostly background
                    Add(x[p], wide.AsSpan(p * rank, rank), z);
            }

            TensorPrimitives.Add(mean, z, mean);
            for (int k = 0; k < rank; k++)
                Add(z[k], z, second.AsSpan(k * rank, rank));
        }

        for (int k = 0; k < second.Length; k++)
            second[k] /= n;
        return ([.. mean.Select(sum => (float)(sum / n))], second);
    }

    // y += a·x, with a rounding of the product and one of the sum
    private static void Add(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        int i = 0;
        var factor = new Vector<double>(a);
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(y[i..]) + factor * new Vector<double>(x[i..])).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] += a * x[i];
    }

    // F = V·Λ^½ with Σ = n/(n−1)·(ZZᵀ/n − μμᵀ) = V Λ Vᵀ
    private static unsafe float[] Factor(float[] mean, double[] second, int n)
    {
        int r = mean.Length;
        var factor = new float[r * r];
        if (n < 2)
            return factor;
        var covariance = new double[r * r];
        for (int i = 0; i < r; i++)
        {
            for (int j = 0; j < r; j++)
                covariance[i * r + j] = n / (n - 1.0) * (second[i * r + j] - (double)mean[i] * mean[j]);
        }

        var values = new double[r];
        var vectors = new double[r * r];
        fixed (double* a = covariance, w = values, v = vectors)
            SymmetricEigen.Decompose(a, r, r, w, v, new double[SymmetricEigen.ScratchLength(r)]);
        for (int k = 0; k < r; k++)
        {
            double root = Math.Sqrt(Math.Max(0, values[k]));
            for (int i = 0; i < r; i++)
                factor[i * r + k] = (float)(vectors[k * r + i] * root);
        }

        return factor;
    }

    // S = √(n·diag(ZZᵀ/n)): the rows of Z = S Vᵀ are orthogonal, so the diagonal is all there is
    private static float[] Diagonal(double[] second, int n)
    {
        int r = (int)Math.Sqrt(second.Length);
        var singular = new float[r];
        for (int k = 0; k < r; k++)
            singular[k] = Math.Max(float.Epsilon, (float)Math.Sqrt(n * second[k * r + k]));
        return singular;
    }
}
