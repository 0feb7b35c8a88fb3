using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// A class of a task as patches: at every position i an image has coefficients z_i of a dictionary D [r, patch], and all of them together,
/// z = (z_1, …, z_N), are Gaussian: z = m + Σ_g v_g·w_g + d ∘ ε with v, ε ~ N(0, I), w_g the scaled joint directions and d the deviations that
/// those leave; or, position by position, z_i = m_i + F_i·ε_i.
/// </summary>
public sealed class PatchSvdGenerator
{
    private readonly float[] _mean;       // m [N, r]
    private readonly PackedRows _spread;  // joint: w [g, N·r]; by position: rows of the factors F [N·r, r]
    private readonly float[] _deviation;  // d [N, r], or empty
    private readonly bool _joint;

    internal PatchSvdGenerator(GeneratorFit fit, PatchGrid grid, PackedRows dictionary, float[] mean, PackedRows spread, float[] deviation, bool joint)
    {
        Fit = fit;
        Grid = grid;
        Dictionary = dictionary;
        _mean = mean;
        _spread = spread;
        _deviation = deviation;
        _joint = joint;
    }

    /// <summary>Task, class, samples found, and components of the dictionary.</summary>
    public GeneratorFit Fit { get; }

    /// <summary>Joint directions; 0 when positions vary on their own.</summary>
    public int JointRank => _joint ? _spread.Rows : 0;

    /// <summary>m [N, r]: mean coefficients by position.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>Numbers of this class, the dictionary not counted.</summary>
    public long Scalars => _mean.Length + (long)_spread.Rows * _spread.Columns + _deviation.Length;

    /// <summary>Bytes of this class, the dictionary not counted.</summary>
    public long PayloadBytes => sizeof(float) * (_mean.Length + (long)_deviation.Length) + _spread.PayloadBytes;

    /// <summary>Floats of scratch that <see cref="Sample"/> needs: coefficients and a patch.</summary>
    public int ScratchLength => _mean.Length + Grid.PatchLength;

    /// <summary>Where the patches lie.</summary>
    public PatchGrid Grid { get; }

    internal PackedRows Dictionary { get; }

    internal ReadOnlyMemory<float> MeanMemory => _mean;

    internal ReadOnlyMemory<float> Deviation => _deviation;

    internal PackedRows Spread => _spread;

    /// <summary>The covariance of the coefficients z [N·r, N·r], row-major.</summary>
    public float[] Covariance()
    {
        int n = _mean.Length, r = Fit.Rank;
        var covariance = new float[n * n];
        if (_joint)
        {
            for (int g = 0; g < _spread.Rows; g++)
            {
                float[] row = Row(g);
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < n; j++)
                        covariance[i * n + j] += row[i] * row[j];
                }
            }
        }
        else
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = i / r * r; j < i / r * r + r; j++)
                    covariance[i * n + j] = TensorPrimitives.Dot<float>(Row(i), Row(j));
            }
        }

        for (int i = 0; i < _deviation.Length; i++)
            covariance[i * n + i] += _deviation[i] * _deviation[i];
        return covariance;
    }

    /// <summary>Draws one sample. Allocates nothing.</summary>
    /// <param name="random">Gives normal numbers: joint directions first, then one per coefficient.</param>
    /// <param name="x">Receives the sample [channels, height, width].</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    public void Sample(ref RandomCursor random, Span<float> x, Span<float> scratch)
    {
        Span<float> z = scratch[.._mean.Length], patch = scratch.Slice(_mean.Length, Grid.PatchLength);
        _mean.CopyTo(z);
        if (_joint)
        {
            for (int g = 0; g < _spread.Rows; g++)
                _spread.AddRow(g, random.NextNormal(), z);
            for (int i = 0; i < _deviation.Length; i++)
                z[i] += _deviation[i] * random.NextNormal();
        }
        else
        {
            AddByPosition(ref random, z);
        }

        Assemble(z, patch, x);
    }

    /// <summary>The image of given coefficients.</summary>
    /// <param name="coefficients">z [N, r].</param>
    /// <param name="x">Receives the image [channels, height, width].</param>
    public void Image(ReadOnlySpan<float> coefficients, Span<float> x) => Assemble(coefficients, new float[Grid.PatchLength], x);

    private void Assemble(ReadOnlySpan<float> z, Span<float> patch, Span<float> x)
    {
        int r = Fit.Rank;
        x.Clear();
        for (int i = 0; i < Grid.Count; i++)
        {
            patch.Clear();
            for (int k = 0; k < r; k++)
                Dictionary.AddRow(k, z[i * r + k], patch);
            Grid.Add(patch, i, x);
        }

        Grid.Average(x);
    }

    // the factors' transposes are stored, a row for every number of noise: adding rows needs no dot products of packed numbers
    private void AddByPosition(ref RandomCursor random, Span<float> z)
    {
        int r = Fit.Rank;
        for (int i = 0; i < Grid.Count; i++)
        {
            Span<float> own = z.Slice(i * r, r);
            for (int k = 0; k < r; k++)
                _spread.AddRow(i * r + k, random.NextNormal(), own);
        }
    }

    private float[] Row(int row)
    {
        var values = new float[_spread.Columns];
        if (_joint)
        {
            _spread.AddRow(row, 1f, values);
            return values;
        }

        // row `row` of F at a position is column `row` of the transposes that are stored
        int r = Fit.Rank, first = row / r * r;
        var stored = new float[r];
        for (int k = 0; k < r; k++)
        {
            Array.Clear(stored);
            _spread.AddRow(first + k, 1f, stored);
            values[k] = stored[row % r];
        }

        return values;
    }
}
