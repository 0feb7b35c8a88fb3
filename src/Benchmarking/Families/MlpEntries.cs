using Engram.Kernels;

namespace Engram.Benchmarking.Families;

/// <summary>
/// The device entries that a training step of an MLP calls, one after the other with the same shapes: what a step would take without staging, checks, tape
/// and views. The time of the whole step over this one's is what all those cost.
/// </summary>
internal sealed class MlpEntries : IDisposable
{
    private readonly Device _device;
    private readonly int[] _widths;
    private readonly float _rate;
    private readonly Tensor[] _values, _deltas, _weights, _biases, _weightGradients, _biasGradients;
    private readonly Tensor _parameters, _gradient, _losses, _mean, _seed;
    private readonly DeviceBuffer<int> _labels;
    private readonly float[] _x, _start;
    private readonly int[] _classes;

    /// <summary>Operands of a step.</summary>
    public MlpEntries(Device device, int[] widths, ReadOnlySpan<float> x, ReadOnlySpan<int> labels, float rate)
    {
        (_device, _widths, _rate) = (device, widths, rate);
        int layers = widths.Length - 1, batch = labels.Length, at = 0;
        int count = Enumerable.Range(0, layers).Sum(layer => (widths[layer] + 1) * widths[layer + 1]);
        _x = x.ToArray();
        _classes = labels.ToArray();
        Random random = new(2);
        _start = [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 0.05f)];
        _parameters = Tensor.From(device, _start, count);
        _gradient = Tensor.Zeros(device, count);
        (_weights, _biases, _weightGradients, _biasGradients) = (new Tensor[layers], new Tensor[layers], new Tensor[layers], new Tensor[layers]);
        for (int layer = 0; layer < layers; layer++)
        {
            int rows = widths[layer + 1], columns = widths[layer];
            (_weights[layer], _weightGradients[layer]) = (_parameters.Slice(0, at, rows * columns).Reshape(rows, columns), _gradient.Slice(0, at, rows * columns).Reshape(rows, columns));
            at += rows * columns;
            (_biases[layer], _biasGradients[layer]) = (_parameters.Slice(0, at, rows), _gradient.Slice(0, at, rows));
            at += rows;
        }

        _values = [.. widths.Select((width, layer) => layer == 0 ? Tensor.From(device, _x, batch, width) : Tensor.Zeros(device, batch, width))];
        _deltas = [.. widths.Select(width => Tensor.Zeros(device, batch, width))];
        (_losses, _mean, _seed) = (Tensor.Zeros(device, batch), Tensor.Zeros(device, 1), Tensor.Zeros(device, 1, 1));
        _labels = device.Allocate<int>(batch);
        device.Upload(labels, _labels, 0);
    }

    /// <summary>One step.</summary>
    public void Step()
    {
        int last = _widths.Length - 1, batch = _losses.Count;
        for (int layer = 0; layer < last - 1; layer++)
            Forward(layer, default(ReluOp));
        Forward(last - 1, default(IdentityOp));
        _device.SoftmaxCrossEntropy(_values[last].View, new IndexView(_labels, 0, batch), null, _losses.View, _deltas[last].View, 1f / batch);
        _device.Fold(FoldKind.Mean, _losses.View, _mean.View);
        _device.Fill(_seed.View, 1);
        _device.Zip(default(MultiplyOp), _deltas[last].View, _seed.BroadcastTo(_deltas[last].Layout.Sizes).View, _deltas[last].View);
        for (int layer = last - 1; layer >= 0; layer--)
        {
            View d = _deltas[layer + 1].View;
            if (layer < last - 1)
                _device.MapBackward(default(ReluOp), d, d, _values[layer + 1].View, d, false);
            _device.Fold(FoldKind.Sum, d, _biasGradients[layer].Reshape(1, _widths[layer + 1]).View);
            _device.Gemm(_deltas[layer + 1].T.View, _values[layer].View, _weightGradients[layer].View, 1f, 0f, null, default(IdentityOp));
            if (layer > 0)
                _device.Gemm(d, _weights[layer].View, _deltas[layer].View, 1f, 0f, null, default(IdentityOp));
        }

        _device.SgdStep(_parameters.View, _gradient.View, null, new SgdParameters { LearningRate = _rate });
    }

    /// <summary>The gradient of the first step beside the twin's.</summary>
    public Deviation Check(MlpTwin twin) => twin.Compare(_device, _gradient.ToArray(), noise => twin.Gradient(_start, _x, _classes, noise));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _values, .. _deltas, _parameters, _gradient, _losses, _mean, _seed])
            tensor.Dispose();
        _labels.Dispose();
    }

    private void Forward<TOp>(int layer, TOp activation) where TOp : struct, IUnaryOp =>
        _device.Gemm(_values[layer].View, _weights[layer].T.View, _values[layer + 1].View, 1f, 0f, _biases[layer].View, activation);
}
