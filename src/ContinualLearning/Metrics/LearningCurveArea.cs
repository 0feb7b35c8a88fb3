namespace Engram.ContinualLearning;

/// <summary>
/// LCA_β = 1/(β+1) · Σ_{b=0..β} Z_b, where Z_b is the mean over tasks of a task's test accuracy after its b-th mini-batch (arXiv 1812.00420):
/// the area under the learning curve of the first batches.
/// </summary>
/// <param name="beta">Last batch counted, β; 10 in A-GEM's tables.</param>
public sealed class LearningCurveArea(int beta = 10)
{
    private readonly double[] _sums = new double[beta + 1];
    private readonly int[] _counts = new int[beta + 1];

    /// <summary>Last batch counted.</summary>
    public int Beta => beta;

    /// <summary>Adds a task's accuracy after its batch number <paramref name="batch"/> (0: before the first); later batches are ignored.</summary>
    public void Add(int batch, double accuracy)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        if (batch > beta)
            return;
        _sums[batch] += accuracy;
        _counts[batch]++;
    }

    /// <summary>The area; NaN while a batch number has no accuracy.</summary>
    public double Value
    {
        get
        {
            double sum = 0;
            for (int b = 0; b <= beta; b++)
                sum += _counts[b] == 0 ? double.NaN : _sums[b] / _counts[b];
            return sum / (beta + 1);
        }
    }
}
