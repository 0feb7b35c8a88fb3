namespace Engram.ContinualLearning.Experiments;

/// <summary>What <see cref="EvaluationOptions.Drift"/> adds to a cell's extras.</summary>
internal static class CellDrift
{
    /// <summary>Adds the figures where they are wanted.</summary>
    public static Dictionary<string, double>? With(Dictionary<string, double>? extras, ProxyDrift? drift, Learner learner, double[][] matrix)
    {
        if (drift is null)
            return extras;
        extras ??= [];
        Tensor proxies = learner.Proxies();
        extras["anytimeAccuracy"] = ContinualMetrics.AnytimeAccuracy(matrix);
        extras["retention"] = ContinualMetrics.Retention(matrix);
        if (drift.Classes.Count > 0)
        {
            extras["proxyDriftCosine"] = drift.Classes.Average(c => drift.Cosine(c, proxies));
            extras["proxyDriftDistance"] = drift.Classes.Average(c => drift.Distance(c, proxies));
            extras["proxyDriftAligned"] = drift.Aligned(proxies);
        }

        return extras;
    }
}
