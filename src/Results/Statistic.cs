using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>
/// One measured quantity over the seeds of a method: its mean, the half width of its 95 % confidence interval and the
/// single values. On the wire NaN is <c>null</c>.
/// </summary>
/// <param name="Mean">Arithmetic mean of <paramref name="Values"/>; NaN when there are none or when one of them is NaN.</param>
/// <param name="Ci95">
/// Half width of the two-sided 95 % Student-t interval, t(0.975, n−1)·s/√n with s the sample standard deviation;
/// NaN for fewer than two values.
/// </param>
/// <param name="Values">The values, in the order of the seeds. [seeds]</param>
public sealed record Statistic(
    [property: JsonRequired] double Mean,
    [property: JsonRequired] double Ci95,
    [property: JsonRequired] IReadOnlyList<double> Values)
{
    /// <summary>Summarizes values. Nothing is skipped: one NaN makes mean and interval NaN.</summary>
    /// <param name="values">One value per seed. [seeds]</param>
    public static Statistic Of(ReadOnlySpan<double> values)
    {
        var n = values.Length;
        if (n == 0)
        {
            return new Statistic(double.NaN, double.NaN, []);
        }

        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = sum / n;
        if (n == 1)
        {
            return new Statistic(mean, double.NaN, values.ToArray());
        }

        // Second pass over the deviations: the one-pass formula loses all digits when the spread is small.
        var squares = 0.0;
        foreach (var value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        var standardError = Math.Sqrt(squares / (n - 1) / n);
        return new Statistic(mean, StudentT.Quantile(0.975, n - 1) * standardError, values.ToArray());
    }
}
