using Engram.Kernels.Cpu.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

public sealed class BatchNormalizationTests
{
    private static readonly Device TwoThreads = Device.Cpu(2);

    [Fact]
    public void Forward_backward_and_running_statistics_agree_with_the_twin_and_do_not_depend_on_threads()
    {
        var cases =
            from batch in Gen.Choose(1, 5)
            from channels in Gen.Choose(1, Tiny.Of(9, 3))
            from height in Gen.Choose(1, 7)
            from width in Gen.Choose(1, 7)
            from training in Gen.Elements(true, false)
            from residual in Gen.Elements(true, false)
            from relu in Gen.Elements(true, false)
            from accumulate in Gen.Elements(true, false)
            where batch * height * width > 1
            select new Case(batch, channels, height, width, training, residual, relu, accumulate);
        Prop.ForAll(Arb.From(cases), Check).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(150, 10)));
    }

    [Fact]
    public void Large_channels_are_the_same_on_two_threads()
    {
        if (Tiny.On)
            return;
        var c = new Case(3, 37, 40, 41, true, true, true, false);
        Assert.Equal(Run(Device.Host, c).All, Run(TwoThreads, c).All);
    }

    // torch.nn.BatchNorm2d(2), weight [1.5, 0.5], bias [0.1, -0.2], running statistics as below, x = arange(12).reshape(2, 2, 1, 3)² / 10,
    // relu(bn(x)), backward of the sum of y·arange(12): PyTorch 1.13
    [Fact]
    public void Small_values_are_PyTorchs()
    {
        float[] x = [0f, 0.1f, 0.4f, 0.9f, 1.6f, 2.5f, 3.6f, 4.9f, 6.4f, 8.1f, 10f, 12.1f];
        float[] mean = [0.5f, -1f], variance = [2f, 0.25f], y = new float[12], s = new float[2], d = new float[2], dx = new float[12], dGain = new float[2], dBias = new float[2];
        View input = Operand.Of(x, 2, 2, 1, 3);
        View gain = Operand.Of([1.5f, 0.5f], 2), bias = Operand.Of([0.1f, -0.2f], 2), output = Operand.Of(y, 2, 2, 1, 3);
        Device.Host.BatchNormalization(input, null, gain, bias, Operand.Of(mean, 2), Operand.Of(variance, 2), new(true), true, Operand.Of(s, 2), Operand.Of(d, 2), output);
        View dy = Operand.Of([.. Enumerable.Range(0, 12).Select(i => (float)i)], 2, 2, 1, 3);
        Device.Host.BatchNormalizationBackward(
            dy, input, output, gain, Operand.Of(s, 2), Operand.Of(d, 2), true, new(Operand.Of(dx, 2, 2, 1, 3), false), new(Operand.Of(dGain, 2), false),
            new(Operand.Of(dBias, 2), false), default);
        Operand.AssertClose(GoldenY, y, 2e-6, "y");
        Operand.AssertClose(GoldenMean, mean, 1e-6, "running mean");
        Operand.AssertClose(GoldenVariance, variance, 1e-6, "running variance");
        Operand.AssertClose(GoldenDx, dx, 5e-6, "dx");
        Operand.AssertClose(GoldenDGain, dGain, 2e-6, "dgain");
        Operand.AssertClose(GoldenDBias, dBias, 1e-6, "dbias");
    }

    private static readonly double[] GoldenY = [0, 0, 0, 0, 0, 0, 0.711312652, 1.48038352, 2.36777282, 0.0549168587, 0.271786362, 0.511484325];
    private static readonly double[] GoldenMean = [0.706666648, -0.313333273];
    private static readonly double[] GoldenVariance = [2.57146668, 2.52766681];
    private static readonly double[] GoldenDx = [0.023615431, -0.0579763353, -0.302752018, 0.0693968311, -0.0208194479, -0.136811852, 0.635866523, 0.166765362, -0.465519428, 0.168734461, 0.0380035527, -0.118503541];
    private static readonly double[] GoldenDGain = [20.9818287, 29.6768856];
    private static readonly double[] GoldenDBias = [21, 30];

    [Fact]
    public void One_value_per_channel_cannot_be_trained_on_but_evaluated()
    {
        float[] two = [1f, 2f];
        View x = Operand.Of(two, 1, 2, 1, 1), v = Operand.Of([1f, 1f], 2);
        var error = Assert.Throws<ArgumentException>(() => Device.Host.BatchNormalization(x, null, v, v, v, v, new(true), false, v, v, x));
        Assert.Contains("more than one value per channel", error.Message);
        Assert.Contains("[1, 2, 1, 1]", error.Message);
        float[] y = new float[2];
        Device.Host.BatchNormalization(x, null, v, v, v, v, new(false, Epsilon: 0f), false, Operand.Of(new float[2], 2), Operand.Of(new float[2], 2), Operand.Of(y, 1, 2, 1, 1));
        Assert.Equal([1f, 2f], y);
    }

    [Fact]
    public void A_wrong_operand_is_named()
    {
        View x = Operand.Of(new float[12], 2, 3, 1, 2), three = Operand.Of(new float[3], 3), two = Operand.Of(new float[2], 2);
        Assert.Contains("the gain", Assert.Throws<ArgumentException>(
            () => Device.Host.BatchNormalization(x, null, two, three, three, three, new(true), false, three, three, x)).Message);
        Assert.Contains("[batch, channels, ...]", Assert.Throws<ArgumentException>(
            () => Device.Host.BatchNormalization(three, null, three, three, three, three, new(true), false, three, three, three)).Message);
        Assert.Contains("the residual", Assert.Throws<ArgumentException>(
            () => Device.Host.BatchNormalization(x, Operand.Of(new float[12], 2, 3, 2, 1), three, three, three, three, new(true), false, three, three, x)).Message);
    }

    private static void Check(Case c)
    {
        Outcome one = Run(Device.Host, c), two = Run(TwoThreads, c);
        Assert.Equal(one.All, two.All);
        int positions = c.Height * c.Width;
        for (int channel = 0; channel < c.Channels; channel++)
        {
            double[] Of(float[] elements) => ReferenceNormalization.Channel(elements, c.Channels, positions, channel);
            double[] x = Of(one.X);
            var (batchMean, batchVariance) = ReferenceNormalization.Moments(x);
            double mean = c.Training ? batchMean : one.OldMean[channel], variance = c.Training ? batchVariance : one.OldVariance[channel];
            double[] gain = [one.Gain[channel]], bias = [one.Bias[channel]];
            double[] y = ReferenceNormalization.Forward(x, mean, variance, Epsilon, gain, bias, c.Residual ? Of(one.Residual) : null, c.Relu);
            float[] actual = Array.ConvertAll(Of(one.Y), value => (float)value);
            Operand.AssertClose(y, actual, 2e-5, $"{c} y");
            double[] g = Of(one.Dy);
            for (int i = 0; i < g.Length; i++)
                g[i] = c.Relu && !(actual[i] > 0) ? 0 : g[i];
            double start = c.Accumulate ? 1 : 0;
            double[] dx = ReferenceNormalization.Backward(g, x, mean, variance, Epsilon, gain, c.Training);
            double deviation = 1 / Math.Sqrt(variance + Epsilon), dGain = g.Select((value, i) => value * (x[i] - mean) * deviation).Sum();
            Operand.AssertClose([.. dx.Select(value => value + start)], Array.ConvertAll(Of(one.Dx), value => (float)value), 5e-4, $"{c} dx");
            Operand.AssertClose([.. g.Select(value => c.Residual ? value + start : 0)], Array.ConvertAll(Of(one.DResidual), value => (float)value), 1e-6, $"{c} dresidual");
            Operand.AssertClose([dGain + start, g.Sum() + start], [one.DGain[channel], one.DBias[channel]], 1e-4, $"{c} dgain, dbias");
            double unbiased = batchVariance * x.Length / (x.Length - 1);
            double[] running = c.Training
                ? [0.75 * one.OldMean[channel] + 0.25 * batchMean, 0.75 * one.OldVariance[channel] + 0.25 * unbiased]
                : [one.OldMean[channel], one.OldVariance[channel]];
            Operand.AssertClose(running, [one.NewMean[channel], one.NewVariance[channel]], 1e-6, $"{c} running");
        }
    }

    // large enough that a channel of two nearly equal numbers does not make the gradients of x explode
    private const float Epsilon = 1e-2f;

    private static Outcome Run(Device device, Case c)
    {
        int[] sizes = [c.Batch, c.Channels, c.Height, c.Width];
        int count = c.Batch * c.Channels * c.Height * c.Width, seed = c.GetHashCode() & 0xFFFF;
        float[] x = Sample.Numbers(count, seed), residual = Sample.Numbers(count, seed + 1), dy = Sample.Numbers(count, seed + 2, 1f);
        float[] gain = Sample.Numbers(c.Channels, seed + 3, 2f), bias = Sample.Numbers(c.Channels, seed + 4, 1f);
        float[] mean = Sample.Numbers(c.Channels, seed + 5, 1f), variance = Array.ConvertAll(Sample.Numbers(c.Channels, seed + 6, 1f), v => (v * v) + 0.5f);
        var outcome = new Outcome(x, residual, dy, gain, bias, [.. mean], [.. variance], mean, variance,
            new float[count], Ones(count), Ones(count), Ones(c.Channels), Ones(c.Channels), c.Residual);
        float[] s = new float[c.Channels], d = new float[c.Channels];
        View input = Operand.Of(x, sizes), output = Operand.Of(outcome.Y, sizes), g = Operand.Of(gain, c.Channels);
        device.BatchNormalization(input, c.Residual ? Operand.Of(residual, sizes) : null, g, Operand.Of(bias, c.Channels), Operand.Of(mean, c.Channels),
            Operand.Of(variance, c.Channels), new(c.Training, 0.25f, Epsilon), c.Relu, Operand.Of(s, c.Channels), Operand.Of(d, c.Channels), output);
        if (!c.Residual)
            Array.Clear(outcome.DResidual);
        GradientTarget To(float[] elements, params int[] shape) => new(Operand.Of(elements, shape), c.Accumulate);
        device.BatchNormalizationBackward(Operand.Of(dy, sizes), input, c.Relu ? output : null, g, Operand.Of(s, c.Channels), Operand.Of(d, c.Channels), c.Training,
            To(outcome.Dx, sizes), To(outcome.DGain, c.Channels), To(outcome.DBias, c.Channels), c.Residual ? To(outcome.DResidual, sizes) : default);
        return outcome;
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1f);
        return ones;
    }

    private sealed record Case(int Batch, int Channels, int Height, int Width, bool Training, bool Residual, bool Relu, bool Accumulate);

    private sealed record Outcome(
        float[] X, float[] Residual, float[] Dy, float[] Gain, float[] Bias, float[] OldMean, float[] OldVariance, float[] NewMean, float[] NewVariance,
        float[] Y, float[] Dx, float[] DResidual, float[] DGain, float[] DBias, bool HasResidual)
    {
        public float[] All => [.. Y, .. Dx, .. DResidual, .. DGain, .. DBias, .. NewMean, .. NewVariance];
    }
}
