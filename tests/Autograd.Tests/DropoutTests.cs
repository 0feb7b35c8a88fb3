using Engram.Kernels;

namespace Engram.Autograd.Tests;

public class DropoutTests
{
    private static readonly RandomStream Stream = RandomStream.For(9, "dropout", 3);

    [Fact]
    public void The_asked_share_of_elements_is_dropped_and_the_others_grow_so_that_the_mean_stays()
    {
        using var tape = new Tape(Device.Host);
        tape.Begin();
        const int N = 200_000;
        Variable x = tape.Leaf(Tensor.Ones(Device.Host, N)), y = Dropout.Apply(x, 0.3f, Stream);
        float[] values = y.Value.ToArray();
        Assert.All(values, value => Assert.True(value == 0f || Math.Abs(value - (1 / 0.7)) < 1e-6));
        // five standard deviations of a share of N draws
        Assert.Equal(0.3, values.Count(value => value == 0f) / (double)N, 5 * Math.Sqrt(0.3 * 0.7 / N));

        tape.Backward(Reduce.Sum(y));
        Assert.Equal(values, x.Gradient.ToArray()); // dx of Σy is the mask itself
    }

    [Fact]
    public void The_mask_depends_on_the_stream_and_its_step_alone()
    {
        float[] Draw(Device device, RandomStream stream)
        {
            using var tape = new Tape(device);
            tape.Begin();
            return Dropout.Apply(tape.Leaf(Tensor.Ones(device, 300, 301)), 0.5f, stream).Value.ToArray();
        }

        using Device two = Device.Cpu(2);
        float[] first = Draw(Device.Host, Stream);
        Assert.Equal(first, Draw(Device.Host, Stream));
        Assert.Equal(first, Draw(two, Stream));
        Assert.NotEqual(first, Draw(Device.Host, Stream.AtStep(4)));
        Assert.NotEqual(first, Draw(Device.Host, Stream.Branch(1)));
    }

    [Fact]
    public void Probability_zero_changes_nothing_one_drops_everything_and_others_are_refused()
    {
        using var tape = new Tape(Device.Host);
        tape.Begin();
        Variable x = tape.Leaf(Tensor.From(Device.Host, [1f, -2f, 3f], 3));
        Assert.Equal([1f, -2f, 3f], Dropout.Apply(x, 0f, Stream).Value.ToArray());
        Assert.Equal([0f, 0f, 0f], Dropout.Apply(x, 1f, Stream).Value.ToArray());
        foreach (float probability in new[] { -0.1f, 1.1f, float.NaN })
            Assert.Contains("[0, 1]", Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Apply(x, probability, Stream)).Message);
    }

    [Fact]
    public void Nothing_is_kept_for_backward()
    {
        using var tape = new Tape(Device.Host);
        tape.Begin();
        _ = Dropout.Apply(tape.Leaf(Tensor.Ones(Device.Host, 100)), 0.5f, Stream);
        Assert.Equal(0, tape.Saved.Bytes);
    }
}
