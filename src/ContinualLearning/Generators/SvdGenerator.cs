using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
    private readonly GeneratorPayload _payload;
    private readonly byte[] _basis;    // Uᵀ [r, P]
    private readonly float[] _scales;  // [r] for 8-bit bases
    private readonly float[] _mean;    // μ [r]
    private readonly float[] _spread;  // paper: F [r, r] row-major; lean: S [r]

    internal SvdGenerator(GeneratorForm form, GeneratorPayload payload, GeneratorFit fit, int features, byte[] basis, float[] scales, float[] mean, float[] spread)
    {
        _form = form;
        _payload = payload;
        Fit = fit;
        Features = features;
        _basis = basis;
        _scales = scales;
        _mean = mean;
        _spread = spread;
    }

    /// <summary>Task, class, samples found, rank.</summary>
    public GeneratorFit Fit { get; }

    /// <summary>Features per sample, P.</summary>
    public int Features { get; }

    /// <summary>Components r.</summary>
    public int Rank => Fit.Rank;

    /// <summary>μ [r]: mean coefficients.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>Stored numbers.</summary>
    public long Scalars => GeneratorCost.Scalars(Features, Rank, _form);

    /// <summary>Stored bytes, labels and headers not counted.</summary>
    public long PayloadBytes => GeneratorCost.Bytes(Features, Rank, _form, _payload);

    internal ReadOnlyMemory<byte> Basis => _basis;

    internal ReadOnlyMemory<float> Scales => _scales;

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
        AddBasisRow(k, 1f, row[..Features]);
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
            AddBasisRow(k, _mean[k] + deviation, x);
        }
    }

    private float Deviation(ReadOnlySpan<float> noise, int k) => _form == GeneratorForm.Lean
        ? new LeanFactor(_mean, _spread, Fit.Samples, noise).Row(k, noise)
        : TensorPrimitives.Dot<float>(_spread.AsSpan(k * Rank, Rank), noise);

    private void AddBasisRow(int k, float factor, Span<float> x)
    {
        int p = Features;
        switch (_payload)
        {
            case GeneratorPayload.Float32:
                TensorPrimitives.MultiplyAdd(MemoryMarshal.Cast<byte, float>(_basis).Slice(k * p, p), factor, x, x);
                break;
            case GeneratorPayload.Float16:
                AddHalves(MemoryMarshal.Cast<byte, Half>(_basis).Slice(k * p, p), factor, x);
                break;
            default:
                AddBytes(MemoryMarshal.Cast<byte, sbyte>(_basis).Slice(k * p, p), factor * _scales[k], x);
                break;
        }
    }

    private static void AddHalves(ReadOnlySpan<Half> row, float factor, Span<float> x)
    {
        Span<float> block = stackalloc float[256];
        for (int start = 0; start < row.Length; start += block.Length)
        {
            int n = Math.Min(block.Length, row.Length - start);
            TensorPrimitives.ConvertToSingle(row.Slice(start, n), block);
            Span<float> part = x.Slice(start, n);
            TensorPrimitives.MultiplyAdd(block[..n], factor, part, part);
        }
    }

    private static void AddBytes(ReadOnlySpan<sbyte> row, float factor, Span<float> x)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> f = Vector256.Create(factor);
            for (; i <= row.Length - 16; i += 16)
            {
                // 16 bytes widen to two vectors of 8 in order
                Vector256<short> wide = Vector256.Create(Vector128.WidenLower(Vector128.Create(row[i..])), Vector128.WidenUpper(Vector128.Create(row[i..])));
                (Vector256<int> low, Vector256<int> high) = Vector256.Widen(wide);
                Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(low), f, Vector256.Create<float>(x[i..])).CopyTo(x[i..]);
                Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(high), f, Vector256.Create<float>(x[(i + 8)..])).CopyTo(x[(i + 8)..]);
            }
        }

        for (; i < row.Length; i++)
            x[i] = MathF.FusedMultiplyAdd(row[i], factor, x[i]);
    }

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
