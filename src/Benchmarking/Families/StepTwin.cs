namespace Engram.Benchmarking.Families;

/// <summary>What constraints make of a gradient, in double precision, written down as the papers define it.</summary>
internal static class StepTwin
{
    private const int MostSweeps = 1_000_000;

    /// <summary>g − (⟨g, r⟩/⟨r, r⟩)·r where they conflict (arXiv 1812.00420).</summary>
    public static double[] AGem(double[] gradient, double[] reference)
    {
        double product = Dot(gradient, reference);
        return product >= 0 ? gradient : Add(gradient, reference, -product / Dot(reference, reference));
    }

    /// <summary>Mean of two gradients of as many samples.</summary>
    public static double[] Mean(double[] a, double[] b) => [.. a.Zip(b, (x, y) => (x + y) / 2)];

    /// <summary>
    /// g + Σ v_i·r_i with the v ≥ strength that minimize its length (arXiv 1706.08840), by sweeps over single multipliers until nothing moves; g itself where no
    /// reference conflicts. The diagonal form takes v_i = max(strength, −⟨g, r_i⟩/⟨r_i, r_i⟩).
    /// </summary>
    public static double[] Gem(double[] gradient, double[][] references, double strength, bool diagonal)
    {
        int n = references.Length;
        double[] products = [.. references.Select(row => Dot(gradient, row))], v = new double[n];
        if (products.All(product => product >= 0))
            return gradient;
        double[][] gram = [.. references.Select(row => references.Select(other => Dot(row, other)).ToArray())];
        for (int i = 0; i < n; i++)
            v[i] = diagonal ? Math.Max(strength, -products[i] / gram[i][i]) : strength;
        double change = diagonal ? 0 : 1;
        for (int sweep = 0; sweep < MostSweeps && change > 1e-13; sweep++)
        {
            change = 0;
            for (int i = 0; i < n; i++)
            {
                double next = Math.Max(strength, v[i] - (Dot(gram[i], v) + products[i]) / gram[i][i]);
                change = Math.Max(change, Math.Abs(next - v[i]));
                v[i] = next;
            }
        }

        double[] result = gradient;
        for (int i = 0; i < n; i++)
            result = Add(result, references[i], v[i]);
        return result;
    }

    /// <summary>A constraint in each half of the vector on its own, after its coordinates have been put into an order where there is one.</summary>
    public static double[] Halves(double[] gradient, double[][] references, Func<double[], double[][], double[]> constraint, int[]? order = null)
    {
        int half = gradient.Length / 2;
        int[] at = order ?? [.. Enumerable.Range(0, gradient.Length)];
        double[] result = new double[gradient.Length];
        foreach (int[] module in new[] { at[..half], at[half..] })
        {
            double[] moved = constraint(Pick(gradient, module), [.. references.Select(row => Pick(row, module))]);
            for (int i = 0; i < module.Length; i++)
                result[module[i]] = moved[i];
        }

        return result;
    }

    /// <summary>x + factor · y.</summary>
    public static double[] Add(double[] x, double[] y, double factor)
    {
        double[] sum = new double[x.Length];
        System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(y, factor, x, sum);
        return sum;
    }

    private static double[] Pick(double[] x, int[] indices) => Array.ConvertAll(indices, i => x[i]);

    private static double Dot(double[] a, double[] b) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(a, b);
}
