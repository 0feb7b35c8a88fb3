using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Benchmarking.Families;

/// <summary>A multilayer perceptron with ReLU in double precision, one sample after the other: what whole steps are checked against.</summary>
/// <param name="widths">Widths of all layers, the input's first.</param>
internal sealed class MlpTwin(params int[] widths)
{
    private const double Float32Tolerance = 1e-4;
    private const int Draws = 8; // of noise: few samples have few inputs of rectifiers near zero

    /// <summary>Number of parameters: per layer weights [outputs, inputs], then biases.</summary>
    public int Length => Enumerable.Range(0, Layers).Sum(layer => (widths[layer] + 1) * widths[layer + 1]);

    /// <summary>Multiply-adds of a forward pass of one sample.</summary>
    public double Multiplies => Enumerable.Range(0, Layers).Sum(layer => (double)widths[layer] * widths[layer + 1]);

    /// <summary>Float operations of forward, backward and update by a mean over a batch; nothing is sent back to the inputs.</summary>
    public double StepFlops(int rows) => 2.0 * rows * (3 * Multiplies - (double)widths[0] * widths[1]) + 2.0 * Length;

    private int Layers => widths.Length - 1;

    /// <summary>Gradient [p] of the mean cross-entropy.</summary>
    /// <param name="values">Parameters [p].</param>
    /// <param name="x">Samples [rows, inputs].</param>
    /// <param name="labels">One class per row.</param>
    /// <param name="noise">Changes of the operands of products; null for none.</param>
    public double[] Gradient(ReadOnlySpan<float> values, ReadOnlySpan<float> x, ReadOnlySpan<int> labels, OperandNoise? noise = null)
    {
        double[] w = Widened(values), gradient = new double[Length], factors = noise?.On(w) ?? w;
        // what units hold, and what the products make of it
        double[][] h = [.. widths.Select(width => new double[width])], read = [.. h];
        for (int row = 0; row < labels.Length; row++)
        {
            TensorPrimitives.ConvertTruncating(x.Slice(row * widths[0], widths[0]), h[0].AsSpan());
            Forward(w, factors, h, read, noise);
            double[] delta = h[^1];
            SoftmaxInPlace(delta);
            delta[labels[row]] -= 1;
            TensorPrimitives.Multiply(delta, 1.0 / labels.Length, delta);
            for (int layer = Layers - 1, at = Length; layer >= 0; layer--)
            {
                int inputs = widths[layer], outputs = widths[layer + 1];
                at -= (inputs + 1) * outputs;
                TensorPrimitives.Add(gradient.AsSpan(at + inputs * outputs, outputs), delta, gradient.AsSpan(at + inputs * outputs, outputs));
                double[] below = new double[inputs], slopes = noise?.On(delta) ?? delta;
                for (int o = 0; o < outputs; o++)
                {
                    Span<double> rowOf = gradient.AsSpan(at + o * inputs, inputs);
                    TensorPrimitives.MultiplyAdd(read[layer], slopes[o], rowOf, rowOf);
                    TensorPrimitives.MultiplyAdd(factors.AsSpan(at + o * inputs, inputs), slopes[o], below, below);
                }

                for (int i = 0; i < inputs && layer > 0; i++)
                    below[i] = h[layer][i] > 0 ? below[i] : 0;
                delta = below;
            }
        }

        return gradient;
    }

    /// <summary>
    /// A gradient that a device has found beside the twin's. In float32 element by element; where the device rounds operands, a rectifier's input on the other side of zero changes single elements
    /// by as much as they are, and the length of the difference is compared, of every array of parameters on its own.
    /// </summary>
    /// <param name="device">Where it was computed.</param>
    /// <param name="found">The gradient [p], or what a strategy has made of it.</param>
    /// <param name="twin">The same by this twin, with a noise or without.</param>
    public Deviation Compare(Device device, float[] found, Func<OperandNoise?, double[]> twin)
    {
        double[] expected = twin(null);
        return device.Precision == ProductPrecision.Fp32 ? new Deviation(Distance(found, expected), Float32Tolerance)
            : new Deviation(ArrayDistance(Widened(found), expected), Float32Tolerance + OperandNoise.Allowance(device, Draws, noise => ArrayDistance(twin(noise), expected)));
    }

    /// <summary>Largest length of the difference of two gradients over the length of the second, of all arrays of weights and of biases.</summary>
    public double ArrayDistance(ReadOnlySpan<double> gradient, ReadOnlySpan<double> twin)
    {
        double worst = 0;
        for (int layer = 0, at = 0; layer < Layers; layer++)
        {
            foreach (int count in new[] { widths[layer] * widths[layer + 1], widths[layer + 1] })
            {
                ReadOnlySpan<double> expected = twin.Slice(at, count);
                double distance = TensorPrimitives.Distance(gradient.Slice(at, count), expected) / Math.Max(TensorPrimitives.Norm(expected), double.Epsilon);
                worst = distance > worst || double.IsNaN(distance) ? distance : worst;
                at += count;
            }
        }

        return worst;
    }

    /// <summary>Largest difference between a float gradient and the twin's, relative to the twin's largest element.</summary>
    public static double Distance(ReadOnlySpan<float> actual, ReadOnlySpan<double> twin)
    {
        double worst = 0, scale = TensorPrimitives.MaxMagnitude(twin);
        for (int i = 0; i < twin.Length; i++)
        {
            double error = Math.Abs(actual[i] - twin[i]);
            worst = error > worst || double.IsNaN(error) ? error : worst;
        }

        return worst / Math.Max(Math.Abs(scale), double.Epsilon);
    }

    private static double[] Widened(ReadOnlySpan<float> values)
    {
        double[] wide = new double[values.Length];
        TensorPrimitives.ConvertTruncating(values, wide.AsSpan());
        return wide;
    }

    private void Forward(double[] w, double[] factors, double[][] h, double[][] read, OperandNoise? noise)
    {
        for (int layer = 0, at = 0; layer < Layers; layer++)
        {
            int inputs = widths[layer], outputs = widths[layer + 1];
            read[layer] = noise?.On(h[layer]) ?? h[layer];
            for (int o = 0; o < outputs; o++)
            {
                double sum = TensorPrimitives.Dot<double>(factors.AsSpan(at + o * inputs, inputs), read[layer]) + w[at + inputs * outputs + o];
                h[layer + 1][o] = layer < Layers - 1 ? Math.Max(0, sum) : sum;
            }

            at += (inputs + 1) * outputs;
        }
    }

    private static void SoftmaxInPlace(double[] logits)
    {
        double largest = logits.Max(), sum = 0;
        for (int i = 0; i < logits.Length; i++)
            sum += logits[i] = Math.Exp(logits[i] - largest);
        for (int i = 0; i < logits.Length; i++)
            logits[i] /= sum;
    }
}
