using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Normalized channels or rows beside their twin.</summary>
internal static class NormalizationCheck
{
    private const int Checked = 6;

    /// <summary>Some of the slices, the first and the last among them.</summary>
    /// <param name="count">Number of channels or rows.</param>
    /// <param name="slice">One of them.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="backward">Whether the result is the gradient of x; else the normalized values.</param>
    /// <param name="gains">Gradients of gain and bias of a slice that has one of each; null where they run across the slices.</param>
    public static Deviation Of(int count, Func<int, Slice> slice, double epsilon, bool backward, Func<int, (double Gain, double Bias)>? gains)
    {
        double worst = 0;
        for (int step = 0; step < Checked; step++)
        {
            int index = (int)((long)step * (count - 1) / (Checked - 1));
            Slice s = slice(index);
            (double mean, double variance) = ReferenceNormalization.Moments(s.X);
            double[] expected = backward
                ? ReferenceNormalization.Backward(s.Dy, s.X, mean, variance, epsilon, s.Gain, true)
                : ReferenceNormalization.Forward(s.X, mean, variance, epsilon, s.Gain, s.Bias, null, relu: false);
            for (int i = 0; i < expected.Length; i++)
                worst = Larger(worst, Math.Abs(s.Result[i] - expected[i]));
            if (gains is null)
                continue;
            (double gain, double bias) = gains(index);
            // sums of so many terms of order one
            double root = Math.Sqrt(s.X.Length), deviation = Math.Sqrt(variance + epsilon);
            worst = Larger(worst, Math.Abs(bias - s.Dy.Sum()) / root);
            worst = Larger(worst, Math.Abs(gain - s.Dy.Zip(s.X, (g, x) => g * (x - mean) / deviation).Sum()) / root);
        }

        return new Deviation(worst, 2e-5);
    }

    private static double Larger(double a, double b) => b > a || double.IsNaN(b) ? b : a;

    /// <summary>The values of one channel or row: what went in, the gradient of what came out, what the kernel made, and its gain and bias.</summary>
    internal readonly record struct Slice(double[] X, double[] Dy, double[] Result, double[] Gain, double[] Bias);
}
