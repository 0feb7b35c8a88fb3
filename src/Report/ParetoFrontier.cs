namespace Engram.Report;

/// <summary>Points in a plane where more is better on both axes: which are not dominated, and the area that they dominate.</summary>
internal static class ParetoFrontier
{
    /// <summary>Positions of the points that no other point dominates (as good on both axes and better on one), by rising first coordinate; of equal points the first.</summary>
    /// <param name="points">The points; ones with NaN are left out.</param>
    public static int[] Of(IReadOnlyList<(double X, double Y)> points)
    {
        var frontier = new List<int>();
        var best = double.NegativeInfinity;
        foreach (var i in Enumerable.Range(0, points.Count).Where(i => double.IsFinite(points[i].X) && double.IsFinite(points[i].Y))
            .OrderByDescending(i => points[i].X).ThenByDescending(i => points[i].Y).ThenBy(i => i))
        {
            if (points[i].Y > best)
            {
                frontier.Add(i);
                best = points[i].Y;
            }
        }

        frontier.Reverse();
        return [.. frontier];
    }

    /// <summary>Area of the points that lie between the reference and some point: the hypervolume indicator in two dimensions.</summary>
    /// <param name="points">The points; those that do not exceed the reference on both axes add nothing.</param>
    /// <param name="reference">The worst corner.</param>
    public static double HyperVolume(IReadOnlyList<(double X, double Y)> points, (double X, double Y) reference)
    {
        double area = 0, left = reference.X;
        foreach (var i in Of(points))
        {
            var (x, y) = points[i];
            if (x > left && y > reference.Y)
            {
                area += (x - left) * (y - reference.Y);
                left = x;
            }
        }

        return area;
    }

    /// <summary>
    /// The middle 95 % of a quantity over resampled seeds (the bootstrap): every resample draws as many seeds as there are, with replacement, the same ones for every
    /// point. Seeded, so the same document gives the same interval.
    /// </summary>
    /// <param name="seeds">Number of seeds.</param>
    /// <param name="quantity">The quantity for drawn seeds. [seeds]</param>
    /// <param name="resamples">Number of resamples.</param>
    public static (double Low, double High) Bootstrap(int seeds, Func<int[], double> quantity, int resamples = 1000)
    {
        var random = new Random(20241000);
        var drawn = new int[seeds];
        var values = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            for (var s = 0; s < seeds; s++)
            {
                drawn[s] = random.Next(seeds);
            }

            values[r] = quantity(drawn);
        }

        Array.Sort(values);
        return (values[(int)(0.025 * (resamples - 1))], values[(int)Math.Ceiling(0.975 * (resamples - 1))]);
    }
}
