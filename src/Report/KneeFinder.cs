namespace Engram.Report;

/// <summary>
/// Finds the knee of accuracy against compression: the point farthest above the straight line that joins the least and the
/// most compressed point, with the compression factor on a logarithmic axis. Up to the knee compression is cheap; beyond
/// it every further halving costs more accuracy than the average over the curve.
/// </summary>
/// <remarks>
/// The distance to a fixed chord is proportional to the vertical distance to it, so the scaling of the axes does not
/// matter and only the choice of the end points does: the knee belongs to the range that was measured.
/// </remarks>
public static class KneeFinder
{
    /// <summary>Index of the knee, or −1 when there is none: fewer than three usable points, or none above the chord.</summary>
    /// <param name="compressionFactors">F, in any order. Points whose factor is not positive and finite are left out. [points]</param>
    /// <param name="accuracies">Accuracy of each point. Points that are NaN are left out. [points]</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static int Find(ReadOnlySpan<double> compressionFactors, ReadOnlySpan<double> accuracies)
    {
        if (compressionFactors.Length != accuracies.Length)
        {
            throw new ArgumentException(
                $"knee: {compressionFactors.Length} compression factors, {accuracies.Length} accuracies. Expected one accuracy a factor.");
        }

        var points = new List<(double X, double Y, int Index)>();
        for (var i = 0; i < accuracies.Length; i++)
        {
            if (double.IsFinite(compressionFactors[i]) && compressionFactors[i] > 0 && double.IsFinite(accuracies[i]))
            {
                points.Add((Math.Log(compressionFactors[i]), accuracies[i], i));
            }
        }

        points.Sort();
        if (points.Count < 3 || points[^1].X <= points[0].X)
        {
            return -1;
        }

        var (x0, y0, _) = points[0];
        var (x1, y1, _) = points[^1];
        var slope = (y1 - y0) / (x1 - x0);
        // A straight line must not get a knee from rounding.
        var farthest = 1e-9 * Math.Max(1e-300, Math.Max(Math.Abs(y0), Math.Abs(y1)));
        var knee = -1;
        foreach (var (x, y, index) in points)
        {
            var above = y - (y0 + (slope * (x - x0)));
            if (above > farthest)
            {
                farthest = above;
                knee = index;
            }
        }

        return knee;
    }
}
