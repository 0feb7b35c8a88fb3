using Engram.Results;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Report.Tests;

public class StatisticTests
{
    /// <summary>t(0.975) with two degrees of freedom, by its closed form (2p − 1)/√(2p(1 − p)).</summary>
    private static readonly double T2 = 0.95 / Math.Sqrt(2 * 0.975 * 0.025);

    /// <summary>Quantiles as printed in tables of Student's t.</summary>
    [Theory]
    [InlineData(0.975, 1, 12.7062)]
    [InlineData(0.975, 2, 4.30265)]
    [InlineData(0.975, 3, 3.18245)]
    [InlineData(0.975, 4, 2.77645)]
    [InlineData(0.975, 9, 2.26216)]
    [InlineData(0.975, 30, 2.04227)]
    [InlineData(0.975, 120, 1.97993)]
    [InlineData(0.975, 1e7, 1.95996)]
    [InlineData(0.95, 5, 2.01505)]
    [InlineData(0.995, 10, 3.16927)]
    [InlineData(0.9995, 3, 12.92398)]
    public void Quantiles_agree_with_the_printed_tables(double probability, double degrees, double expected)
    {
        Assert.InRange(Math.Abs(StudentT.Quantile(probability, degrees) - expected) / expected, 0, 5e-6);
        Assert.Equal(-StudentT.Quantile(probability, degrees), StudentT.Quantile(1 - probability, degrees), 1e-9 * expected);
    }

    [Fact]
    public void One_and_two_degrees_of_freedom_follow_their_closed_forms()
    {
        foreach (var p in (double[])[0.001, 0.2, 0.5, 0.6, 0.9, 0.99, 0.999999])
        {
            var cauchy = Math.Tan(Math.PI * (p - 0.5));
            Assert.InRange(StudentT.Quantile(p, 1) - cauchy, -1e-10 * (1 + Math.Abs(cauchy)), 1e-10 * (1 + Math.Abs(cauchy)));
            var two = ((2 * p) - 1) / Math.Sqrt(2 * p * (1 - p));
            Assert.InRange(StudentT.Quantile(p, 2) - two, -1e-10 * (1 + Math.Abs(two)), 1e-10 * (1 + Math.Abs(two)));
        }
    }

    [Fact]
    public void The_quantile_inverts_the_distribution_function()
    {
        var cases = Gen.Choose(1, 999).SelectMany(p => Gen.Choose(1, 400).Select(nu => (P: p / 1000.0, Nu: nu / 2.0)));
        Prop.ForAll(cases.ToArbitrary(), c => Math.Abs(StudentT.Cumulative(StudentT.Quantile(c.P, c.Nu), c.Nu) - c.P) < 1e-10)
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Impossible_probabilities_and_degrees_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile(1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile(double.NaN, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile(0.5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.TwoSidedTail(1, double.NaN));
    }

    [Fact]
    public void Mean_and_interval_match_a_computation_by_hand()
    {
        var statistic = Statistic.Of([0.80, 0.82, 0.84]);

        Assert.Equal(0.82, statistic.Mean, 1e-15);
        Assert.Equal(T2 * 0.02 / Math.Sqrt(3), statistic.Ci95, 1e-12);
        Assert.Equal([0.80, 0.82, 0.84], statistic.Values);
    }

    [Fact]
    public void A_single_value_has_no_interval_and_no_value_has_no_mean()
    {
        Assert.Equal(0.5, Statistic.Of([0.5]).Mean);
        Assert.True(double.IsNaN(Statistic.Of([0.5]).Ci95));
        Assert.True(double.IsNaN(Statistic.Of([]).Mean));
    }

    [Fact]
    public void One_undefined_value_makes_the_statistic_undefined()
    {
        var statistic = Statistic.Of([0.8, double.NaN, 0.9]);

        Assert.True(double.IsNaN(statistic.Mean) && double.IsNaN(statistic.Ci95));
    }

    [Fact]
    public void The_interval_shifts_and_scales_with_the_values()
    {
        var samples = Gen.Choose(-1000, 1000).Select(i => i / 1000.0).ListOf().Where(list => list.Count >= 2);
        Prop.ForAll(samples.ToArbitrary(), list =>
        {
            var values = list.ToArray();
            var plain = Statistic.Of(values);
            var moved = Statistic.Of([.. values.Select(v => 5 - (3 * v))]);
            return Math.Abs(moved.Mean - (5 - (3 * plain.Mean))) < 1e-12 && Math.Abs(moved.Ci95 - (3 * plain.Ci95)) < 1e-11;
        }).QuickCheckThrowOnFailure();
    }
}
