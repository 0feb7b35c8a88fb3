namespace Engram.Benchmarking;

/// <summary>Median and spread of a contender's samples.</summary>
/// <param name="Median">Median, in the samples' unit.</param>
/// <param name="Noise">Interquartile range divided by the median.</param>
public readonly record struct SampleStatistics(double Median, double Noise)
{
    /// <summary>Statistics of samples, at least one; quartiles between samples are interpolated.</summary>
    /// <param name="samples">The samples, in any order.</param>
    public static SampleStatistics Of(ReadOnlySpan<double> samples)
    {
        double[] sorted = samples.ToArray();
        Array.Sort(sorted);
        double At(double share)
        {
            double place = share * (sorted.Length - 1);
            int below = (int)place;
            return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
        }

        double median = At(0.5);
        return new SampleStatistics(median, (At(0.75) - At(0.25)) / median);
    }
}
