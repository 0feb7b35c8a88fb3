namespace Engram.Kernels.Cpu.Reference;

/// <summary>Reductions in double precision, element after element with Neumaier's compensation: the twin of the folds.</summary>
public static class ReferenceFolds
{
    /// <summary>Σ xᵢ, compensated.</summary>
    public static double Sum(ReadOnlySpan<float> x)
    {
        double sum = 0;
        double lost = 0;
        foreach (float value in x)
        {
            Add(ref sum, ref lost, value);
        }

        return sum + lost;
    }

    /// <summary>Σ aᵢ·bᵢ, compensated; every product is exact.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length)
        {
            throw new ArgumentException($"reference dot: lengths differ: a [{a.Length}], b [{b.Length}].");
        }

        double sum = 0;
        double lost = 0;
        for (int i = 0; i < a.Length; i++)
        {
            Add(ref sum, ref lost, (double)a[i] * b[i]);
        }

        return sum + lost;
    }

    /// <summary>The largest number, NaN if any is, −∞ for none.</summary>
    public static double Max(ReadOnlySpan<float> x)
    {
        double largest = double.NegativeInfinity;
        foreach (float value in x)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }

    /// <summary>The smallest number, NaN if any is, +∞ for none.</summary>
    public static double Min(ReadOnlySpan<float> x)
    {
        double smallest = double.PositiveInfinity;
        foreach (float value in x)
        {
            smallest = Math.Min(smallest, value);
        }

        return smallest;
    }

    /// <summary>The first index of the largest number; a NaN counts as the largest. −1 for none.</summary>
    public static int ArgMax(ReadOnlySpan<float> x)
    {
        int best = x.Length == 0 ? -1 : 0;
        for (int i = 1; i < x.Length; i++)
        {
            if (!float.IsNaN(x[best]) && (float.IsNaN(x[i]) || x[i] > x[best]))
            {
                best = i;
            }
        }

        return best;
    }

    private static void Add(ref double sum, ref double lost, double value)
    {
        double next = sum + value;
        lost += Math.Abs(sum) >= Math.Abs(value) ? sum - next + value : value - next + sum;
        sum = next;
    }
}
