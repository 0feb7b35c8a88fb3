namespace Engram.Kernels.Cpu.Reference;

/// <summary>Batch and layer normalization in double precision, element after element: the twin of the fused kernels.</summary>
public static class ReferenceNormalization
{
    /// <summary>Mean and biased variance.</summary>
    public static (double Mean, double Variance) Moments(IReadOnlyCollection<double> values)
    {
        double mean = values.Sum() / values.Count;
        return (mean, values.Sum(value => (value - mean) * (value - mean)) / values.Count);
    }

    /// <summary>The values of one channel of x [batch, channels, positions], image by image.</summary>
    public static double[] Channel(ReadOnlySpan<float> x, int channels, int positions, int channel)
    {
        var values = new List<double>();
        for (int start = channel * positions; start < x.Length; start += channels * positions)
        {
            foreach (float value in x.Slice(start, positions))
            {
                values.Add(value);
            }
        }

        return [.. values];
    }

    /// <summary>relu?(gain·(x − mean)/√(variance + ε) + bias + residual?) for the values of one channel or row.</summary>
    public static double[] Forward(double[] x, double mean, double variance, double epsilon, double[] gain, double[] bias, double[]? residual, bool relu)
    {
        var y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double value = (gain[i % gain.Length] * (x[i] - mean) / Math.Sqrt(variance + epsilon)) + bias[i % bias.Length] + (residual?[i] ?? 0);
            y[i] = relu && value < 0 ? 0 : value;
        }

        return y;
    }

    /// <summary>
    /// The gradient of ⟨g, gain·x̂⟩ with respect to x, by the chain rule over mean and variance written out: dx̂ = g·gain,
    /// dvariance = −½·Σ dx̂·(x − mean)·(variance + ε)^(−3/2), dmean = −Σ dx̂/√(variance + ε), dx = dx̂/√(variance + ε) +
    /// dvariance·2·(x − mean)/n + dmean/n. Without <paramref name="training"/> mean and variance are constants.
    /// </summary>
    public static double[] Backward(double[] g, double[] x, double mean, double variance, double epsilon, double[] gain, bool training)
    {
        int n = x.Length;
        double spread = variance + epsilon;
        double dVariance = 0;
        double dMean = 0;
        for (int i = 0; i < n && training; i++)
        {
            double dNormal = g[i] * gain[i % gain.Length];
            dVariance -= 0.5 * dNormal * (x[i] - mean) * Math.Pow(spread, -1.5);
            dMean -= dNormal / Math.Sqrt(spread);
        }

        var dx = new double[n];
        for (int i = 0; i < n; i++)
        {
            dx[i] = (g[i] * gain[i % gain.Length] / Math.Sqrt(spread)) + (dVariance * 2 * (x[i] - mean) / n) + (dMean / n);
        }

        return dx;
    }
}
