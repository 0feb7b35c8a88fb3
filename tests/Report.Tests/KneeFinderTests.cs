namespace Engram.Report.Tests;

public class KneeFinderTests
{
    [Fact]
    public void The_corner_of_a_bent_line_is_the_knee()
    {
        // Flat to F = 20, then steep: the corner is farthest from the chord.
        Assert.Equal(2, KneeFinder.Find([1, 5, 20, 50, 100], [0.90, 0.89, 0.88, 0.70, 0.60]));
    }

    [Fact]
    public void A_smooth_curve_has_its_knee_where_the_slope_is_that_of_the_chord()
    {
        // y = 1 − x² on x = log F in [0, 1]: the chord has slope −1, so the knee lies at x = 1/2.
        var x = Enumerable.Range(0, 11).Select(i => i / 10.0).ToArray();

        Assert.Equal(5, KneeFinder.Find([.. x.Select(Math.Exp)], [.. x.Select(v => 1 - (v * v))]));
    }

    [Fact]
    public void Order_and_scale_do_not_matter()
    {
        double[] factors = [100, 1, 20, 5, 50];
        double[] accuracies = [0.60, 0.90, 0.88, 0.89, 0.70];

        Assert.Equal(2, KneeFinder.Find(factors, accuracies));
        Assert.Equal(2, KneeFinder.Find([.. factors.Select(f => 7 * f)], [.. accuracies.Select(a => (0.3 * a) + 0.2)]));
    }

    [Fact]
    public void Straight_and_sagging_curves_have_no_knee()
    {
        Assert.Equal(-1, KneeFinder.Find([1, 10, 100], [0.9, 0.8, 0.7]));
        Assert.Equal(-1, KneeFinder.Find([1, 10, 100], [0.9, 0.6, 0.5]));
        Assert.Equal(-1, KneeFinder.Find([1, 10, 100, 1000], [0.5, 0.5, 0.5, 0.5]));
    }

    [Fact]
    public void Unusable_points_are_left_out_and_too_few_points_have_no_knee()
    {
        Assert.Equal(2, KneeFinder.Find([double.NaN, 1, 20, 0, 100, 30], [1, 0.9, 0.88, 1, 0.6, double.NaN]));
        Assert.Equal(-1, KneeFinder.Find([1, 100], [0.9, 0.6]));
        Assert.Equal(-1, KneeFinder.Find([5, 5, 5], [0.9, 0.6, 0.7]));
        Assert.Equal(-1, KneeFinder.Find([], []));
        Assert.Throws<ArgumentException>(() => KneeFinder.Find([1, 2], [0.5]));
    }
}
