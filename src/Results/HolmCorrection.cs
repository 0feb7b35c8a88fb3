namespace Engram.Results;

/// <summary>
/// Holm's step-down correction (1979) of the p values of a family of tests: rejecting what stays below α keeps the chance of any wrong rejection
/// below α, whatever the tests have in common.
/// </summary>
public static class HolmCorrection
{
    /// <summary>
    /// Corrected p values, in the order given: of n tests, the k-th smallest p is multiplied by n − k + 1, never below the one before it and never above 1.
    /// NaN (a test that could not be made) stays NaN and does not count.
    /// </summary>
    /// <param name="pValues">The p values of the family. [tests]</param>
    /// <returns>The corrected values. [tests]</returns>
    public static double[] Of(ReadOnlySpan<double> pValues)
    {
        double[] corrected = pValues.ToArray();
        int[] order = [.. Enumerable.Range(0, corrected.Length).Where(i => !double.IsNaN(corrected[i])).OrderBy(i => corrected[i])];
        double least = 0;
        for (int k = 0; k < order.Length; k++)
        {
            least = Math.Max(least, Math.Min(1, corrected[order[k]] * (order.Length - k)));
            corrected[order[k]] = least;
        }

        return corrected;
    }
}
