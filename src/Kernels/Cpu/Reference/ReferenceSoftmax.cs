namespace Engram.Kernels.Cpu.Reference;

/// <summary>Softmax, log-softmax and cross-entropy of one row in double precision: the twin of the fused losses.</summary>
public static class ReferenceSoftmax
{
    /// <summary>ln softmax of x + mask; an empty mask keeps every class.</summary>
    public static double[] LogSoftmax(ReadOnlySpan<float> x, ReadOnlySpan<float> mask = default)
    {
        var result = new double[x.Length];
        double largest = double.NegativeInfinity;
        for (int c = 0; c < x.Length; c++)
        {
            result[c] = (double)x[c] + (mask.IsEmpty ? 0 : mask[c]);
            largest = Math.Max(largest, result[c]);
        }

        double sum = 0;
        foreach (double value in result)
        {
            sum += Math.Exp(value - largest);
        }

        for (int c = 0; c < x.Length; c++)
        {
            result[c] -= largest + Math.Log(sum);
        }

        return result;
    }

    /// <summary>softmax of x + mask.</summary>
    public static double[] Softmax(ReadOnlySpan<float> x, ReadOnlySpan<float> mask = default) =>
        Array.ConvertAll(LogSoftmax(x, mask), Math.Exp);

    /// <summary>−ln softmax(x + mask)[label].</summary>
    public static double CrossEntropy(ReadOnlySpan<float> x, int label, ReadOnlySpan<float> mask = default) => -LogSoftmax(x, mask)[label];

    /// <summary>∂/∂x of the cross-entropy: softmax − one-hot.</summary>
    public static double[] CrossEntropyGradient(ReadOnlySpan<float> x, int label, ReadOnlySpan<float> mask = default)
    {
        var gradient = Softmax(x, mask);
        gradient[label] -= 1;
        return gradient;
    }
}
