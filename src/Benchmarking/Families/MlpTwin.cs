using System.Numerics.Tensors;

namespace Engram.Benchmarking.Families;

/// <summary>A multilayer perceptron with ReLU in double precision, one sample after the other: what whole steps are checked against.</summary>
/// <param name="widths">Widths of all layers, the input's first.</param>
internal sealed class MlpTwin(params int[] widths)
{
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
    public double[] Gradient(ReadOnlySpan<float> values, ReadOnlySpan<float> x, ReadOnlySpan<int> labels)
    {
        double[] w = Widened(values), gradient = new double[Length];
        double[][] h = [.. widths.Select(width => new double[width])];
        for (int row = 0; row < labels.Length; row++)
        {
            TensorPrimitives.ConvertTruncating(x.Slice(row * widths[0], widths[0]), h[0].AsSpan());
            Forward(w, h);
            double[] delta = h[^1];
            SoftmaxInPlace(delta);
            delta[labels[row]] -= 1;
            TensorPrimitives.Multiply(delta, 1.0 / labels.Length, delta);
            for (int layer = Layers - 1, at = Length; layer >= 0; layer--)
            {
                int inputs = widths[layer], outputs = widths[layer + 1];
                at -= (inputs + 1) * outputs;
                TensorPrimitives.Add(gradient.AsSpan(at + inputs * outputs, outputs), delta, gradient.AsSpan(at + inputs * outputs, outputs));
                double[] below = new double[inputs];
                for (int o = 0; o < outputs; o++)
                {
                    Span<double> rowOf = gradient.AsSpan(at + o * inputs, inputs);
                    TensorPrimitives.MultiplyAdd(h[layer], delta[o], rowOf, rowOf);
                    TensorPrimitives.MultiplyAdd(w.AsSpan(at + o * inputs, inputs), delta[o], below, below);
                }

                for (int i = 0; i < inputs && layer > 0; i++)
                    below[i] = h[layer][i] > 0 ? below[i] : 0;
                delta = below;
            }
        }

        return gradient;
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

    private void Forward(double[] w, double[][] h)
    {
        for (int layer = 0, at = 0; layer < Layers; layer++)
        {
            int inputs = widths[layer], outputs = widths[layer + 1];
            for (int o = 0; o < outputs; o++)
            {
                double sum = TensorPrimitives.Dot<double>(w.AsSpan(at + o * inputs, inputs), h[layer]) + w[at + inputs * outputs + o];
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
