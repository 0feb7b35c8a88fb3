namespace Engram.ContinualLearning;

/// <summary>
/// Area under the receiver operating characteristic: the probability that a score of the first kind is above one of the second, ties counting half, by ranks
/// (Mann and Whitney 1947). ½ for scores that tell nothing.
/// </summary>
public static class Auroc
{
    /// <summary>The area.</summary>
    /// <param name="above">Scores that should be high: of samples of known classes.</param>
    /// <param name="below">Scores that should be low: of samples of unknown ones.</param>
    /// <returns>In [0, 1]; NaN where one of the kinds has no samples or a score is NaN.</returns>
    public static double Of(ReadOnlySpan<float> above, ReadOnlySpan<float> below)
    {
        if (above.IsEmpty || below.IsEmpty || above.Contains(float.NaN) || below.Contains(float.NaN))
            return double.NaN;
        var scores = new float[above.Length + below.Length];
        var first = new bool[scores.Length];
        above.CopyTo(scores);
        below.CopyTo(scores.AsSpan(above.Length));
        first.AsSpan(0, above.Length).Fill(true);
        Array.Sort(scores, first);
        double ranks = 0; // of the first kind
        for (int start = 0, end; start < scores.Length; start = end)
        {
            for (end = start + 1; end < scores.Length && scores[end] == scores[start];)
                end++;
            ranks += first.AsSpan(start, end - start).Count(true) * (0.5 * (start + 1 + end)); // equals share the mean of their ranks
        }

        return (ranks - (0.5 * above.Length * (above.Length + 1.0))) / ((double)above.Length * below.Length);
    }
}
