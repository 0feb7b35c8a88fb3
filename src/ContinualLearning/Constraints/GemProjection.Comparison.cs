using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>Approximate multipliers beside the exact ones of the same problem, now and then.</summary>
public sealed partial class GemProjection
{
    private DualSolver? _exact;
    private double[] _wholeGram = []; // [n + 1, n + 1] of one module, g last
    private double[] _exactGram = [];
    private double[] _exactMultipliers = [];
    private double _relativeError;
    private double _worstViolation;
    private double _violatedShare;

    /// <summary>Every so many solves the exact answer is computed too and compared; 0 for never. The steps stay what they are.</summary>
    public int CompareEvery { get; init; }

    /// <summary>Solves that were compared with the exact answer.</summary>
    public long Comparisons { get; private set; }

    /// <summary>
    /// Means over the compared solves: ‖z − z*‖/‖z* − g‖ with z the vector used and z* the exact one, both within the module; the worst violation
    /// max_i −⟨ĝ_i, z⟩/(‖ĝ_i‖·‖z‖), 0 where none is violated; and the share of constraints that z violates. NaN before the first.
    /// </summary>
    public (double RelativeError, double WorstViolation, double ViolatedShare) MeanComparison =>
        (_relativeError / Comparisons, _worstViolation / Comparisons, _violatedShare / Comparisons);

    private void Compare(in Tensor rows, int m, int n, ReadOnlySpan<double> v)
    {
        if (_exactMultipliers.Length != n)
            (_wholeGram, _exactGram, _exactMultipliers) = (new double[(n + 1) * (n + 1)], new double[n * n], new double[n]);
        (int start, int count) = modules[m];
        rows.Device.Gram(rows.Slice(1, start, count).View, _wholeGram);
        int width = n + 1;
        for (int i = 0; i < n; i++)
            _wholeGram.AsSpan(i * width, n).CopyTo(_exactGram.AsSpan(i * n));
        double squares = _wholeGram[n * width + n];
        _exact ??= new DualSolver();
        var exact = new DualSettings(DualMethod.ActiveSet, settings.Form);
        _exact.Solve(new DualProblem(_exactGram, _b.AsSpan(0, n), _strengths.AsSpan(0, n), Math.Sqrt(squares)), exact, _exactMultipliers);
        double apart = 0, change = 0, own = squares;
        for (int i = 0; i < n; i++)
        {
            double kv = 0, ke = 0;
            for (int j = 0; j < n; j++)
            {
                kv += _exactGram[i * n + j] * v[j];
                ke += _exactGram[i * n + j] * _exactMultipliers[j];
            }

            apart += (v[i] - _exactMultipliers[i]) * (kv - ke);
            change += _exactMultipliers[i] * ke;
            own += v[i] * (kv + (2 * _b[i]));
        }

        double worst = 0;
        int violated = 0;
        for (int i = 0; i < n; i++)
        {
            double product = _b[i], length = Math.Sqrt(Math.Max(0, own) * _exactGram[i * (n + 1)]);
            for (int j = 0; j < n; j++)
                product += _exactGram[i * n + j] * v[j];
            double cosine = length > 0 ? product / length : 0;
            worst = Math.Max(worst, -cosine);
            violated += cosine < -1e-6 ? 1 : 0; // less is rounding
        }

        Comparisons++;
        _relativeError += change > 0 ? Math.Sqrt(Math.Max(0, apart) / change) : 0;
        _worstViolation += worst;
        _violatedShare += (double)violated / n;
    }

    private void DescribeComparisons(IDictionary<string, double> figures)
    {
        if (Comparisons == 0)
            return;
        (figures["approximationError"], figures["approximationWorstViolation"], figures["approximationViolatedShare"]) = MeanComparison;
    }

    private void SaveComparisons(CheckpointWriter writer)
    {
        if (CompareEvery == 0)
            return;
        writer.Counter("constraint.comparisons", Comparisons);
        writer.Array("constraint.comparisonSums", (long[])[
            BitConverter.DoubleToInt64Bits(_relativeError), BitConverter.DoubleToInt64Bits(_worstViolation), BitConverter.DoubleToInt64Bits(_violatedShare)]);
    }

    private void LoadComparisons(CheckpointReader reader)
    {
        if (CompareEvery == 0)
            return;
        Comparisons = reader.Counter("constraint.comparisons");
        var sums = new long[3];
        reader.Longs("constraint.comparisonSums", sums);
        (_relativeError, _worstViolation, _violatedShare) =
            (BitConverter.Int64BitsToDouble(sums[0]), BitConverter.Int64BitsToDouble(sums[1]), BitConverter.Int64BitsToDouble(sums[2]));
    }
}
