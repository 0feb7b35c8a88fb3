namespace Engram.Results;

/// <summary>
/// The difference of two methods on the same seeds. Pairing removes what the seeds have in common (task order, angles,
/// initialization), so it can be sure where two separate intervals overlap.
/// </summary>
/// <param name="Mean">Mean of a − b over the common seeds; NaN without a common seed.</param>
/// <param name="Ci95">Half width of its 95 % Student-t interval; NaN for fewer than two common seeds.</param>
/// <param name="PValue">
/// Two-sided p of the paired t test against zero; 0 when all differences are equal and not zero, 1 when all are zero; NaN
/// for fewer than two common seeds.
/// </param>
/// <param name="Pairs">Number of common seeds.</param>
public sealed record PairedDifference(double Mean, double Ci95, double PValue, int Pairs)
{
    /// <summary>Pairs two methods by seed.</summary>
    /// <param name="a">The method whose gain is asked for.</param>
    /// <param name="b">The method it is compared with.</param>
    /// <param name="metric">The quantity, for example <c>m =&gt; m.Acc</c>.</param>
    public static PairedDifference Between(MethodResult a, MethodResult b, Func<MethodResult, Statistic> metric)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(metric);
        var valuesA = metric(a).Values;
        var valuesB = metric(b).Values;
        var differences = new List<double>();
        for (var i = 0; i < a.Seeds.Count; i++)
        {
            for (var j = 0; j < b.Seeds.Count; j++)
            {
                if (a.Seeds[i] == b.Seeds[j])
                {
                    differences.Add(valuesA[i] - valuesB[j]);
                }
            }
        }

        return Of(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(differences));
    }

    /// <summary>The mean of differences with its interval and the paired t test.</summary>
    /// <param name="differences">One a seed. [seeds]</param>
    public static PairedDifference Of(ReadOnlySpan<double> differences)
    {
        var n = differences.Length;
        var statistic = Statistic.Of(differences);
        if (n < 2 || double.IsNaN(statistic.Mean))
        {
            return new PairedDifference(statistic.Mean, double.NaN, double.NaN, n);
        }

        var standardError = statistic.Ci95 / StudentT.Quantile(0.975, n - 1);
        var t = standardError > 0 ? statistic.Mean / standardError : statistic.Mean == 0 ? 0 : double.PositiveInfinity;
        return new PairedDifference(statistic.Mean, statistic.Ci95, StudentT.TwoSidedTail(t, n - 1), n);
    }
}
