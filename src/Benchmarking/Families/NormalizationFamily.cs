using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Batch and layer normalization, forward and backward, at sizes of ResNet-18 and the Mixer. Eight operations an element are counted.</summary>
public sealed class NormalizationFamily : IWorkloadFamily
{
    private const float LayerEpsilon = 1e-6f;
    private static readonly BatchNormalizationSettings Training = new(true);

    /// <inheritdoc/>
    public string Name => "normalization";

    /// <inheritdoc/>
    public string Description => "batch and layer normalization, forward and backward, beside PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases()
    {
        foreach ((int batch, int channels, int size) in new[] { (10, 20, 32), (32, 64, 32), (32, 512, 4), (10, 160, 4) })
        {
            yield return Batch(batch, channels, size, backward: false);
            yield return Batch(batch, channels, size, backward: true);
        }

        foreach ((int rows, int features) in new[] { (640, 64), (2048, 128) })
        {
            yield return Layer(rows, features, backward: false);
            yield return Layer(rows, features, backward: true);
        }
    }

    private static WorkloadCase Batch(int batch, int channels, int size, bool backward) =>
        new(FormattableString.Invariant($"normalization/batch-{(backward ? "backward" : "forward")}-{batch}x{channels}x{size}x{size}"), workspace =>
        {
            Device d = workspace.Device;
            View x = workspace.Uniform(1, batch, channels, size, size), y = workspace.Empty(batch, channels, size, size), dy = workspace.Uniform(2, batch, channels, size, size);
            View gain = workspace.Uniform(3, channels), bias = workspace.Uniform(4, channels), runningMean = workspace.Uniform(5, channels), runningVariance = workspace.Uniform(6, channels);
            View mean = workspace.Empty(channels), deviation = workspace.Empty(channels), dGain = workspace.Empty(channels), dBias = workspace.Empty(channels);
            d.BatchNormalization(x, null, gain, bias, runningMean, runningVariance, Training, false, mean, deviation, y);
            return new Workload
            {
                Run = backward
                    ? () => d.BatchNormalizationBackward(dy, x, null, gain, mean, deviation, true, new(y, false), new(dGain, false), new(dBias, false), default)
                    : () => d.BatchNormalization(x, null, gain, bias, runningMean, runningVariance, Training, false, mean, deviation, y),
                Check = () =>
                {
                    int positions = size * size;
                    return NormalizationCheck.Of(channels, channel => new NormalizationCheck.Slice(
                        Channel(workspace.Host(x), channel), Channel(workspace.Host(dy), channel), Channel(workspace.Host(y), channel), [workspace.Host(gain)[channel]], [workspace.Host(bias)[channel]]),
                        Training.Epsilon, backward, backward ? channel => (workspace.Host(dGain)[channel], workspace.Host(dBias)[channel]) : null);
                    double[] Channel(float[] from, int channel) => ReferenceNormalization.Channel(from, channels, positions, channel);
                },
                Flops = 8.0 * x.Count,
                BytesRead = (backward ? 8.0 : 4.0) * x.Count,
                BytesWritten = 4.0 * x.Count,
                Outputs = backward ? [y, dGain, dBias] : [y],
                Python = [new PythonRequest("torch_units.py", FormattableString.Invariant($"{(backward ? "bnb" : "bn")} {batch} {channels} {size}"))],
            };
        }, (batch, channels, size) == (10, 20, 32));

    private static WorkloadCase Layer(int rows, int features, bool backward) =>
        new(FormattableString.Invariant($"normalization/layer-{(backward ? "backward" : "forward")}-{rows}x{features}"), workspace =>
        {
            Device d = workspace.Device;
            View x = workspace.Uniform(1, rows, features), y = workspace.Empty(rows, features), dy = workspace.Uniform(2, rows, features);
            View gain = workspace.Uniform(3, features), bias = workspace.Uniform(4, features), mean = workspace.Empty(rows), deviation = workspace.Empty(rows);
            View dGain = workspace.Empty(features), dBias = workspace.Empty(features);
            d.LayerNormalization(x, gain, bias, LayerEpsilon, mean, deviation, y);
            return new Workload
            {
                Run = backward
                    ? () => d.LayerNormalizationBackward(dy, x, gain, mean, deviation, new(y, false), new(dGain, false), new(dBias, false))
                    : () => d.LayerNormalization(x, gain, bias, LayerEpsilon, mean, deviation, y),
                Check = () =>
                {
                    double[] w = Wide(workspace.Host(gain)), b = Wide(workspace.Host(bias));
                    return NormalizationCheck.Of(rows, row => new NormalizationCheck.Slice(Row(x, row), Row(dy, row), Row(y, row), w, b), LayerEpsilon, backward, null);
                    double[] Row(in View of, int row) => Wide(workspace.Host(of)[(row * features)..((row + 1) * features)]);
                },
                Flops = 8.0 * x.Count,
                BytesRead = (backward ? 8.0 : 4.0) * x.Count,
                BytesWritten = 4.0 * x.Count,
                Outputs = backward ? [y, dGain, dBias] : [y],
                Python = [new PythonRequest("torch_units.py", FormattableString.Invariant($"{(backward ? "lnb" : "ln")} {rows} {features} 1"))],
            };
        }, rows == 640);

    private static double[] Wide(float[] x) => Array.ConvertAll(x, value => (double)value);
}
