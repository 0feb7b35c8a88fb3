using System.Numerics.Tensors;
using Engram.Autograd;
using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;
using Engram.Models;

namespace Engram.Benchmarking.Families;

/// <summary>
/// ResNet-18 and the Mixer forward in double precision, written from their definitions: the mean cross-entropy of a few images. Its slope along a direction,
/// by central differences, is what a gradient is checked against.
/// </summary>
/// <param name="model">The network; its parameters are found by their names.</param>
/// <param name="state">Running statistics [s] for evaluation; empty to normalize by the batch, as training does.</param>
/// <param name="noise">Changes of the operands of products and convolutions, the same in every pass; null for none.</param>
internal sealed class NetworkTwin(Model model, float[] state, OperandNoise? noise = null)
{
    private const double BatchEpsilon = 1e-5, Step = 1e-5;
    private static readonly IUnaryOp Gelu = new GeluOp();

    private double[] _values = [];

    /// <summary>Mean cross-entropy.</summary>
    /// <param name="values">Parameters [p].</param>
    /// <param name="x">Images [n, inputs].</param>
    /// <param name="labels">One class per image.</param>
    public double Loss(double[] values, ReadOnlySpan<float> x, ReadOnlySpan<int> labels)
    {
        double[] logits = Logits(values, x, labels.Length);
        double sum = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<double> row = logits.AsSpan(i * model.Outputs, model.Outputs);
            double largest = TensorPrimitives.Max(row), total = 0;
            foreach (double logit in row)
                total += Math.Exp(logit - largest);
            sum += largest + Math.Log(total) - row[labels[i]];
        }

        return sum / labels.Length;
    }

    /// <summary>Slope of the loss along a direction [p].</summary>
    public double Slope(ReadOnlySpan<float> values, double[] direction, ReadOnlySpan<float> x, ReadOnlySpan<int> labels) =>
        (Loss(Moved(values, direction, Step), x, labels) - Loss(Moved(values, direction, -Step), x, labels)) / (2 * Step);

    /// <summary>Logits [n, outputs].</summary>
    public double[] Logits(double[] values, ReadOnlySpan<float> x, int images)
    {
        _values = values;
        noise?.Restart();
        double[] wide = new double[x.Length];
        TensorPrimitives.ConvertTruncating(x, wide.AsSpan());
        return model.Parameters.Contains("conv1.weight") ? ResNet(wide, images) : Mixer(wide, images);
    }

    /// <summary>values + step · direction, in double precision.</summary>
    public static double[] Moved(ReadOnlySpan<float> values, double[] direction, double step)
    {
        double[] moved = new double[values.Length];
        TensorPrimitives.ConvertTruncating(values, moved.AsSpan());
        if (step != 0)
            TensorPrimitives.MultiplyAdd(direction, step, moved, moved);
        return moved;
    }

    private double[] ResNet(double[] x, int images)
    {
        ImageShape shape = model.InputShape;
        Maps h = Normalize(Convolve(new Maps(x, images, shape.Channels, shape.Height), "conv1", 1), "bn1", null, relu: true);
        for (int block = 0; block < 8; block++)
        {
            string name = $"layer{block / 2 + 1}.{block % 2}";
            int stride = block > 1 && block % 2 == 0 ? 2 : 1;
            Maps shortcut = model.Parameters.Contains($"{name}.downsample.0.weight") ? Normalize(Convolve(h, $"{name}.downsample.0", stride), $"{name}.downsample.1", null, relu: false) : h;
            Maps inner = Normalize(Convolve(h, $"{name}.conv1", stride), $"{name}.bn1", null, relu: true);
            h = Normalize(Convolve(inner, $"{name}.conv2", 1), $"{name}.bn2", shortcut.Data, relu: true);
        }

        double[] means = new double[images * h.Channels];
        for (int i = 0; i < means.Length; i++)
            means[i] = TensorPrimitives.Sum<double>(h.Plane(i)) / (h.Size * h.Size);
        return Linear(means, "fc");
    }

    private double[] Mixer(double[] x, int images)
    {
        (int channels, int size) = (model.InputShape.Channels, model.InputShape.Height);
        int patch = model.Parameters["stem.proj.weight"].Layout.Size(2), side = size / patch, tokens = side * side, width = model.Parameters["stem.proj.weight"].Layout.Size(0);
        double[] patches = new double[x.Length];
        for (int i = 0, at = 0; i < images * tokens; i++)
        {
            (int image, int row, int column) = (i / tokens, i % tokens / side * patch, i % side * patch);
            for (int c = 0; c < channels * patch * patch; c++)
                patches[at++] = x[((image * channels + c / (patch * patch)) * size + row + c / patch % patch) * size + column + c % patch];
        }

        double[] h = Linear(patches, "stem.proj");
        for (int block = 0; model.Parameters.Contains($"blocks.{block}.norm1.weight"); block++)
        {
            double[] across = Transposed(Normalize(h, $"blocks.{block}.norm1"), images, tokens, width);
            h = Sum(h, Transposed(Mlp(across, $"blocks.{block}.mlp_tokens"), images, width, tokens));
            h = Sum(h, Mlp(Normalize(h, $"blocks.{block}.norm2"), $"blocks.{block}.mlp_channels"));
        }

        double[] last = Transposed(Normalize(h, "norm"), images, tokens, width), means = new double[images * width];
        for (int i = 0; i < means.Length; i++)
            means[i] = TensorPrimitives.Sum<double>(last.AsSpan(i * tokens, tokens)) / tokens;
        return Linear(means, "head");
    }

    private double[] Mlp(double[] x, string name)
    {
        double[] hidden = Linear(x, $"{name}.fc1");
        for (int i = 0; i < hidden.Length; i++)
            hidden[i] = ReferenceOps.Forward(Gelu, hidden[i]);
        return Linear(hidden, $"{name}.fc2");
    }

    // y [rows, outputs] = x [rows, inputs] · weightᵀ + bias
    private double[] Linear(double[] x, string name)
    {
        ReadOnlySpan<double> weight = Read(Of($"{name}.weight")), bias = Of($"{name}.bias"), read = Read(x);
        int outputs = bias.Length, inputs = weight.Length / outputs, rows = x.Length / inputs;
        double[] y = new double[rows * outputs];
        for (int i = 0; i < y.Length; i++)
            y[i] = TensorPrimitives.Dot(read.Slice(i / outputs * inputs, inputs), weight.Slice(i % outputs * inputs, inputs)) + bias[i % outputs];
        return y;
    }

    // every window laid out as a row, then inner products; "same" padding
    private Maps Convolve(in Maps x, string name, int stride)
    {
        Layout shape = model.Parameters[$"{name}.weight"].Layout;
        ReadOnlySpan<double> weight = Read(Of($"{name}.weight")), read = Read(x.Data);
        int outputs = shape.Size(0), kernel = shape.Size(2), size = (x.Size - 1) / stride + 1, taps = x.Channels * kernel * kernel;
        double[] windows = new double[size * size * taps], y = new double[x.Images * outputs * size * size];
        for (int image = 0; image < x.Images; image++)
        {
            for (int i = 0; i < windows.Length; i++)
            {
                (int window, int tap) = (i / taps, i % taps);
                int row = window / size * stride + tap / kernel % kernel - kernel / 2, column = window % size * stride + tap % kernel - kernel / 2;
                windows[i] = (uint)row < (uint)x.Size && (uint)column < (uint)x.Size ? read[((image * x.Channels + tap / (kernel * kernel)) * x.Size + row) * x.Size + column] : 0;
            }

            for (int o = 0; o < outputs; o++)
            {
                for (int window = 0; window < size * size; window++)
                    y[(image * outputs + o) * size * size + window] = TensorPrimitives.Dot(windows.AsSpan(window * taps, taps), weight.Slice(o * taps, taps));
            }
        }

        return new Maps(y, x.Images, outputs, size);
    }

    // batch normalization
    private Maps Normalize(in Maps x, string name, double[]? residual, bool relu)
    {
        ReadOnlySpan<double> gain = Of($"{name}.weight"), bias = Of($"{name}.bias");
        for (int c = 0; c < x.Channels; c++)
        {
            (double mean, double variance) = state.Length > 0
                ? (state[model.State[$"{name}.running_mean"].Offset + c], state[model.State[$"{name}.running_var"].Offset + c])
                : x.Moments(c);
            double factor = gain[c] / Math.Sqrt(variance + BatchEpsilon);
            for (int image = 0; image < x.Images; image++)
            {
                int start = (image * x.Channels + c) * x.Size * x.Size;
                for (int i = start; i < start + x.Size * x.Size; i++)
                {
                    double y = factor * (x.Data[i] - mean) + bias[c] + (residual?[i] ?? 0);
                    x.Data[i] = relu ? Math.Max(0, y) : y;
                }
            }
        }

        return x;
    }

    // layer normalization
    private double[] Normalize(double[] x, string name)
    {
        double[] gain = Of($"{name}.weight").ToArray(), bias = Of($"{name}.bias").ToArray(), y = new double[x.Length];
        for (int row = 0; row < x.Length; row += gain.Length)
        {
            double[] values = x[row..(row + gain.Length)];
            (double mean, double variance) = ReferenceNormalization.Moments(values);
            ReferenceNormalization.Forward(values, mean, variance, LayerNormLayer.Epsilon, gain, bias, null, relu: false).CopyTo(y, row);
        }

        return y;
    }

    // an operand as a product takes it
    private ReadOnlySpan<double> Read(ReadOnlySpan<double> operand) => noise is null ? operand : noise.On(operand);

    private ReadOnlySpan<double> Of(string name)
    {
        Parameter parameter = model.Parameters[name];
        return _values.AsSpan(parameter.Offset, parameter.Count);
    }

    private static double[] Transposed(double[] x, int images, int rows, int columns)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            y[(i / (rows * columns) * columns + i % columns) * rows + i / columns % rows] = x[i];
        return y;
    }

    private static double[] Sum(double[] a, double[] b)
    {
        double[] sum = new double[a.Length];
        TensorPrimitives.Add(a, b, sum);
        return sum;
    }

    /// <summary>Square maps [images, channels, size, size].</summary>
    private readonly record struct Maps(double[] Data, int Images, int Channels, int Size)
    {
        public ReadOnlySpan<double> Plane(int index) => Data.AsSpan(index * Size * Size, Size * Size);

        /// <summary>Mean and biased variance of a channel over all images.</summary>
        public (double Mean, double Variance) Moments(int channel)
        {
            double sum = 0, squares = 0, count = (double)Images * Size * Size;
            for (int image = 0; image < Images; image++)
                sum += TensorPrimitives.Sum(Plane(image * Channels + channel));
            for (int image = 0; image < Images; image++)
            {
                foreach (double value in Plane(image * Channels + channel))
                    squares += (value - sum / count) * (value - sum / count);
            }

            return (sum / count, squares / count);
        }
    }
}
