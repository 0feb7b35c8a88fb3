using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>Losses, softmax, normalization, pooling, optimizers, random numbers.</summary>
public class LearningTests
{
    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Losses_and_their_gradient_agree_with_and_without_a_mask_and_in_place(string device)
    {
        var on = new OnDevice(device);
        foreach (int classes in new[] { 1, 10, 300 })
        {
            int[] labels = [0, classes - 1, classes / 2], mask = [.. Enumerable.Range(0, classes).Select(c => c % 3 == 1 && !labels.Contains(c) ? 0 : 1)];
            on.SameAsCpu(d =>
            {
                View x = d.Put(OnDevice.Numbers(3 * classes, classes, 5f), 3, classes), losses = d.Empty(3), masked = d.Empty(3), g = d.Empty(3, classes), h = d.Empty(3, classes);
                d.Device.SoftmaxCrossEntropy(x, d.Index(labels), null, losses, g, 1f / 3f);
                d.Device.SoftmaxCrossEntropy(x, d.Index(labels), d.Index(mask), masked, h, 0.5f);
                View only = d.Empty(3);
                d.Device.SoftmaxCrossEntropy(x, d.Index(labels), null, only, null, 1f);
                d.Device.SoftmaxCrossEntropy(x, d.Index(labels), null, losses, x, 1f);
                return [d.Get(losses), d.Get(masked), d.Get(g), d.Get(h), d.Get(only), d.Get(x)];
            }, 3e-6, $"{classes} classes");
        }

        View logits = on.Ones(2, 3), loss = on.Empty(2);
        Assert.Contains("label 3 of row 1", Assert.Throws<ArgumentOutOfRangeException>(() => on.Device.SoftmaxCrossEntropy(logits, on.Index(0, 3), null, loss, null, 1f)).Message);
        Assert.Contains("label 0 of row 0", Assert.Throws<ArgumentOutOfRangeException>(() => on.Device.SoftmaxCrossEntropy(logits, on.Index(0, 1), on.Index(0, 1, 1), loss, null, 1f)).Message);
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Softmax_and_its_logarithm_agree_forward_and_backward(string device)
    {
        var on = new OnDevice(device);
        foreach (int columns in new[] { 1, 9, 400 })
        {
            foreach (bool logarithm in new[] { false, true })
            {
                on.SameAsCpu(d =>
                {
                    View x = d.Put(OnDevice.Numbers(4 * columns, 1, 8f), 4, columns), y = d.Empty(4, columns), dy = d.Random(2, 4, columns), dx = d.Empty(4, columns), sum = d.Ones(4, columns);
                    d.Device.Softmax(x, y, logarithm);
                    d.Device.SoftmaxBackward(dy, y, dx, logarithm, accumulate: false);
                    d.Device.SoftmaxBackward(dy, y, sum, logarithm, accumulate: true);
                    if (!logarithm)
                        d.Device.Softmax(x, x, false);
                    return [d.Get(y), d.Get(dx), d.Get(sum), d.Get(x)];
                }, 5e-6, $"{columns} columns, logarithm {logarithm}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Batch_normalization_agrees_in_every_mode(string device)
    {
        var on = new OnDevice(device);
        foreach ((bool training, bool relu, bool residual, int positions, int start) in new[]
        {
            (true, true, true, 20, 0), (true, false, false, 20, 0), (false, true, false, 20, 0), (false, false, true, 20, 0), // four elements at a time
            (true, true, true, 20, 1), (true, true, true, 21, 0), // that lie elsewhere, and one at a time
            (true, true, true, 1400, 0), (true, false, true, 1401, 0), // a channel in parts
        })
        {
            on.SameAsCpu(d =>
            {
                int[] sizes = [6, 3, positions];
                View all = d.Random(1, start + (18 * positions)), x = all.With(Layout.RowMajor(sizes, start)), r = d.Random(2, sizes), gain = d.Random(3, 3), bias = d.Random(4, 3), means = d.Random(5, 3), variances = d.Ones(3);
                View mean = d.Empty(3), deviation = d.Empty(3), y = d.Empty(sizes), dy = d.Random(6, sizes);
                d.Device.BatchNormalization(x, residual ? r : null, gain, bias, means, variances, new BatchNormalizationSettings(training), relu, mean, deviation, y);
                View dx = d.Empty(sizes), dGain = d.Empty(3), dBias = d.Ones(3), dResidual = d.Ones(sizes);
                d.Device.BatchNormalizationBackward(dy, x, relu ? y : null, gain, mean, deviation, training, new(dx, false), new(dGain, false), new(dBias, true), new(dResidual, true));
                float[] inPlace = d.Get(dx);
                d.Device.BatchNormalizationBackward(dy, x, relu ? y : null, gain, mean, deviation, training, new(dy, false), default, default, default);
                return [d.Get(y), d.Get(means), d.Get(variances), d.Get(mean), d.Get(deviation), inPlace, d.Get(dGain), d.Get(dBias), d.Get(dResidual), d.Get(dy)];
            }, 1e-5, $"training {training}, relu {relu}, residual {residual}, {positions} positions from {start}");
        }

        // a mean a thousand times the deviation
        View far = on.Put([.. OnDevice.Numbers(4000, 9).Select(value => 1000f + value)], 1000, 1, 4), m = on.Empty(1), s = on.Empty(1);
        on.Device.BatchNormalization(far, null, on.Ones(1), on.Ones(1), on.Ones(1), on.Ones(1), new BatchNormalizationSettings(true), false, m, s, on.Empty(1000, 1, 4));
        double[] values = [.. on.Get(far)];
        double average = values.Average(), variance = values.Average(value => (value - average) * (value - average));
        Assert.Equal(average, on.Get(m)[0], 1e-4);
        Assert.Equal(1 / Math.Sqrt(variance + 1e-5), on.Get(s)[0], 1e-6);

        View one = on.Ones(1, 2), two = on.Ones(2);
        Assert.Contains("more than one value per channel", Assert.Throws<ArgumentException>(() =>
            on.Device.BatchNormalization(one, null, two, two, two, two, new BatchNormalizationSettings(true), false, on.Ones(2), on.Ones(2), one)).Message);
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Layer_normalization_agrees_forward_and_backward(string device)
    {
        var on = new OnDevice(device);
        foreach ((int rows, int features) in new[] { (3, 1), (5, 17), (150, 6), (2, 300) })
        {
            on.SameAsCpu(d =>
            {
                View x = d.Random(1, rows, features), gain = d.Random(2, features), bias = d.Random(3, features), mean = d.Empty(rows), deviation = d.Empty(rows), y = d.Empty(rows, features);
                d.Device.LayerNormalization(x, gain, bias, 1e-3f, mean, deviation, y);
                View dy = d.Random(4, rows, features), dx = d.Ones(rows, features), dGain = d.Ones(features), dBias = d.Empty(features);
                d.Device.LayerNormalizationBackward(dy, x, gain, mean, deviation, new(dx, true), new(dGain, true), new(dBias, false));
                d.Device.LayerNormalizationBackward(dy, x, gain, mean, deviation, new(dy, false), default, default);
                return [d.Get(y), d.Get(mean), d.Get(deviation), d.Get(dx), d.Get(dGain), d.Get(dBias), d.Get(dy)];
            }, features == 1 ? 1e-3 : 2e-5, $"[{rows}, {features}]");
        }
    }

    public static TheoryData<string, PoolKind, PoolGeometry?, int, int> Pools
    {
        get
        {
            var cases = new TheoryData<string, PoolKind, PoolGeometry?, int, int>();
            foreach (string device in DevicesFound.Names)
            {
                foreach (PoolKind kind in Enum.GetValues<PoolKind>())
                {
                    cases.Add(device, kind, PoolGeometry.Square(2), 0, 0);
                    cases.Add(device, kind, PoolGeometry.Square(3, 2, 1), 0, 0);
                    cases.Add(device, kind, new PoolGeometry(3, 2, 1, 2, 1, 0), 0, 0);
                    cases.Add(device, kind, PoolGeometry.Square(2, 3), 0, 0);
                    cases.Add(device, kind, null, 1, 1);
                    cases.Add(device, kind, null, 3, 5);
                    cases.Add(device, kind, null, 11, 9);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public void Pooling_agrees_forward_and_backward(string device, PoolKind kind, PoolGeometry? windows, int height, int width) => new OnDevice(device).SameAsCpu(d =>
    {
        // ties and NaN: the first of the largest takes the gradient
        float[] values = [.. OnDevice.Numbers(2 * 3 * 9 * 8, 1).Select(value => MathF.Round(value))];
        if (kind == PoolKind.Max)
            values[40] = values[49] = float.NaN;
        int[] result = windows is { } w ? [2, 3, w.OutputHeight(9), w.OutputWidth(8)] : [2, 3, height, width];
        View x = d.Put(values, 2, 3, 9, 8), y = d.Empty(result), dy = d.Random(2, result), dx = d.Empty(2, 3, 9, 8), sum = d.Ones(2, 3, 9, 8);
        d.Device.Pool(kind, windows, x, y);
        d.Device.PoolBackward(kind, windows, dy, x, dx, accumulate: false);
        d.Device.PoolBackward(kind, windows, dy, x, sum, accumulate: true);
        return [d.Get(y), d.Get(dx), d.Get(sum)];
    }, 2e-6, $"{kind} {windows}");

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Optimizer_steps_agree(string device)
    {
        var on = new OnDevice(device);
        SgdParameters[] descents =
        [
            new() { LearningRate = 0.1 }, new() { LearningRate = 0.1, WeightDecay = 0.01, Momentum = 0.9, IsFirstStep = true },
            new() { LearningRate = 0.1, Momentum = 0.9, Dampening = 0.2 }, new() { LearningRate = 0.05, Momentum = 0.8, Nesterov = true },
        ];
        foreach (SgdParameters settings in descents)
        {
            on.SameAsCpu(d =>
            {
                View p = d.Random(1, 300), g = d.Random(2, 300), v = d.Random(3, 300);
                d.Device.SgdStep(p, g, settings.Momentum == 0 ? null : v, settings);
                return [d.Get(p), d.Get(v)];
            }, 1e-6, settings.ToString());
        }

        foreach (AdamParameters settings in new AdamParameters[] { new() { LearningRate = 0.01, Step = 1, WeightDecay = 0.1 }, new() { LearningRate = 0.01, Step = 7, WeightDecay = 0.1, IsDecoupled = true } })
        {
            on.SameAsCpu(d =>
            {
                View p = d.Random(1, 300), g = d.Random(2, 300), m = d.Random(3, 300), v = d.Random(4, 300);
                d.Device.Map(default(SquareOp), v, v);
                d.Device.AdamStep(p, g, m, v, settings);
                return [d.Get(p), d.Get(m), d.Get(v)];
            }, 1e-6, settings.ToString());
        }

        View weights = on.Ones(3);
        Assert.Contains("momentum needs a velocity", Assert.Throws<ArgumentException>(() => on.Device.SgdStep(weights, weights, null, new() { LearningRate = 1, Momentum = 0.5 })).Message);
        Assert.Contains("steps count from 1", Assert.Throws<ArgumentOutOfRangeException>(() => on.Device.AdamStep(weights, weights, weights, weights, new() { LearningRate = 1, Step = 0 })).Message);
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Random_numbers_are_the_streams_own(string device)
    {
        var on = new OnDevice(device);
        RandomStream stream = RandomStream.For(5, "devices", 3);
        foreach (int count in new[] { 1, 2, 3, 5, 1003 })
        {
            View uniform = on.Empty(count), range = on.Empty(count), normal = on.Empty(count);
            on.Device.FillUniform(stream, uniform, 0f, 1f);
            on.Device.FillUniform(stream, range, -2f, 3f);
            on.Device.FillNormal(stream, normal, 0f, 1f);

            // the words, and so the uniform numbers, are the same bits on every device
            Assert.Equal([.. Enumerable.Range(0, count).Select(i => stream.Uniform((ulong)i))], on.Get(uniform));
            OnDevice.AssertClose([.. Enumerable.Range(0, count).Select(i => (stream.Uniform((ulong)i) * 5f) - 2f)], on.Get(range), 2e-7, "range");
            OnDevice.AssertClose([.. Enumerable.Range(0, count).Select(i => stream.Normal((ulong)i))], on.Get(normal), 1e-6, "normal");
        }
    }
}
