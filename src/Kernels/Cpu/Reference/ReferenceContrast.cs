namespace Engram.Kernels.Cpu.Reference;

/// <summary>The supervised contrastive loss (arXiv 2004.11362, L_out) and its gradient in double precision, written as in the paper: the twin of the op.</summary>
public static class ReferenceContrast
{
    /// <summary>Losses of all anchors [n] and the gradient of their weighted sum with respect to the features [n, d].</summary>
    /// <param name="features">[n, d], row-major, of any length.</param>
    /// <param name="labels">[n].</param>
    /// <param name="temperature">τ.</param>
    /// <param name="weights">Weight of every anchor in the sum whose gradient is taken [n].</param>
    public static (double[] Losses, double[] Gradient) Evaluate(ReadOnlySpan<double> features, ReadOnlySpan<int> labels, double temperature, ReadOnlySpan<double> weights)
    {
        int n = labels.Length, d = features.Length / n;
        double[] unit = new double[n * d], norms = new double[n], losses = new double[n], unitGradient = new double[n * d], gradient = new double[n * d];
        for (int i = 0; i < n; i++)
        {
            double squares = 1e-12;
            for (int k = 0; k < d; k++)
                squares += features[(i * d) + k] * features[(i * d) + k];
            norms[i] = Math.Sqrt(squares);
            for (int k = 0; k < d; k++)
                unit[(i * d) + k] = features[(i * d) + k] / norms[i];
        }

        for (int i = 0; i < n; i++)
        {
            int partners = labels.Count(labels[i]) - 1;
            if (partners == 0)
                continue;
            double[] similarity = new double[n];
            double most = double.NegativeInfinity, sum = 0;
            for (int a = 0; a < n; a++)
            {
                for (int k = 0; k < d; k++)
                    similarity[a] += unit[(i * d) + k] * unit[(a * d) + k] / temperature;
                most = a == i ? most : Math.Max(most, similarity[a]);
            }

            for (int a = 0; a < n; a++)
                sum += a == i ? 0 : Math.Exp(similarity[a] - most);
            for (int a = 0; a < n; a++)
            {
                if (a == i)
                    continue;
                bool partner = labels[a] == labels[i];
                double log = similarity[a] - most - Math.Log(sum), slope = (Math.Exp(log) - (partner ? 1.0 / partners : 0)) * weights[i] / temperature;
                losses[i] -= partner ? log / partners : 0;
                for (int k = 0; k < d; k++)
                {
                    unitGradient[(i * d) + k] += slope * unit[(a * d) + k];
                    unitGradient[(a * d) + k] += slope * unit[(i * d) + k];
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            double along = 0;
            for (int k = 0; k < d; k++)
                along += unitGradient[(i * d) + k] * unit[(i * d) + k];
            for (int k = 0; k < d; k++)
                gradient[(i * d) + k] = (unitGradient[(i * d) + k] - (along * unit[(i * d) + k])) / norms[i];
        }

        return (losses, gradient);
    }
}
