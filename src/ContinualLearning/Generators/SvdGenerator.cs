using System.Numerics.Tensors;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// A class of a task as a Gaussian on a subspace: X = U S Vᵀ truncated to r components (X [P, n], not centred), Z = UᵀX, μ = mean of Z's
/// columns, Σ = their covariance; a sample is x = U·v with v ~ N(μ, Σ) (arXiv 2506.19692).
/// </summary>
/// <remarks>
/// Σ is the sample covariance (divisor n−1; zero for n = 1), so Σ = n/(n−1)·(diag(S²)/n − μμᵀ). E[x] = UUᵀ·mean, Cov[x] = U Σ Uᵀ.
/// The paper's form stores a factor F with FFᵀ = Σ; the lean form stores S and μ, and applies the factor
/// F = √(n/(n−1))·A^½·(I − β·ŵŵᵀ) with A = diag(S²)/n, w = A^(−½)μ, ŵ = w/|w|, β = 1 − √(1 − |w|²), which costs O(r) and needs no memory.
/// </remarks>
public sealed class SvdGenerator
{
    private readonly GeneratorForm _form;
    private readonly PackedRows _basis; // Uᵀ [r, P]
    private readonly float[] _mean;     // μ [r]
    private readonly float[] _spread;   // paper: F [r, r] row-major; lean: S [r]

    internal SvdGenerator(GeneratorForm form, GeneratorFit fit, PackedRows basis, float[] mean, float[] spread)
    {
        _form = form;
        Fit = fit;
        _basis = basis;
        _mean = mean;
        _spread = spread;
    }

    /// <summary>Task, class, samples found, rank.</summary>
    public GeneratorFit Fit { get; }

    /// <summary>Features per sample, P.</summary>
    public int Features => _basis.Columns;

    /// <summary>Components r.</summary>
    public int Rank => Fit.Rank;

    /// <summary>μ [r]: mean coefficients.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>Stored numbers.</summary>
    public long Scalars => GeneratorCost.Scalars(Features, Rank, _form);

    /// <summary>Stored bytes, labels and headers not counted.</summary>
    public long PayloadBytes => GeneratorCost.Bytes(Features, Rank, _form, _basis.Payload);

    internal PackedRows Basis => _basis;

    internal ReadOnlyMemory<float> MeanMemory => _mean;

    internal ReadOnlyMemory<float> Spread => _spread;

    /// <summary>Σ [r, r], row-major.</summary>
    public float[] Covariance()
    {
        int r = Rank;
        var factor = new float[r * r];
        var unit = new float[r];
        for (int j = 0; j < r; j++)
        {
            // column j of F is F·e_j
            unit.AsSpan().Clear();
            unit[j] = 1;
            for (int i = 0; i < r; i++)
                factor[i * r + j] = Deviation(unit, i);
        }

        var covariance = new float[r * r];
        for (int i = 0; i < r; i++)
        {
            for (int j = 0; j < r; j++)
                covariance[i * r + j] = TensorPrimitives.Dot<float>(factor.AsSpan(i * r, r), factor.AsSpan(j * r, r));
        }

        return covariance;
    }

    /// <summary>One row of Uᵀ, unpacked: the k-th basis image [P].</summary>
    public void BasisRow(int k, Span<float> row)
    {
        row[..Features].Clear();
        _basis.AddRow(k, 1f, row[..Features]);
    }

    /// <summary>Draws one sample.</summary>
    /// <param name="random">Gives r normal numbers.</param>
    /// <param name="x">Receives the sample [P].</param>
    public void Sample(ref RandomCursor random, Span<float> x)
    {
        int r = Rank;
        Span<float> noise = r <= 128 ? stackalloc float[128] : new float[r];
        noise = noise[..r];
        foreach (ref float value in noise)
            value = random.NextNormal();
        x.Clear();
        LeanFactor lean = _form == GeneratorForm.Lean ? new LeanFactor(_mean, _spread, Fit.Samples, noise) : default;
        for (int k = 0; k < r; k++)
        {
            float deviation = _form == GeneratorForm.Lean ? lean.Row(k, noise) : TensorPrimitives.Dot<float>(_spread.AsSpan(k * r, r), noise);
            _basis.AddRow(k, _mean[k] + deviation, x);
        }
    }

    private float Deviation(ReadOnlySpan<float> noise, int k) => _form == GeneratorForm.Lean
        ? new LeanFactor(_mean, _spread, Fit.Samples, noise).Row(k, noise)
        : TensorPrimitives.Dot<float>(_spread.AsSpan(k * Rank, Rank), noise);

    /// <summary>F·ε of the lean form; see the class.</summary>
    private readonly ref struct LeanFactor
    {
        private readonly ReadOnlySpan<float> _mean, _singular;
        private readonly double _scale, _shift, _invRootSamples, _rootSamples;

        public LeanFactor(ReadOnlySpan<float> mean, ReadOnlySpan<float> singular, int samples, ReadOnlySpan<float> noise)
        {
            _mean = mean;
            _singular = singular;
            if (samples < 2)
                return; // one sample has no spread
            _rootSamples = Math.Sqrt(samples);
            _invRootSamples = 1 / _rootSamples;
            _scale = Math.Sqrt(samples / (samples - 1.0));
            double squared = 0, along = 0;
            for (int k = 0; k < mean.Length; k++)
            {
                double w = mean[k] * _rootSamples / singular[k];
                squared += w * w;
                along += w * noise[k];
            }

            double beta = 1 - Math.Sqrt(Math.Max(0, 1 - squared)); // rounding may bring |w|² just above 1
            _shift = squared > 0 ? beta * along / squared : 0;
        }

        public float Row(int k, ReadOnlySpan<float> noise)
        {
            double w = _mean[k] * _rootSamples / _singular[k];
            return (float)(_scale * _singular[k] * _invRootSamples * (noise[k] - _shift * w));
        }
    }
}
