using Engram.Kernels;

namespace Engram.Autograd.Tests;

public class TapeTests
{
    private static readonly Device Cpu = Device.Host;

    [Fact]
    public void Parameters_that_the_loss_does_not_reach_get_exact_zeros()
    {
        var set = new ParameterSet();
        Parameter used = set.Add("used", 2), untouched = set.Add("untouched", 3);
        Tensor values = Tensor.From(Cpu, [1, 2, 3, 4, 5], 5), gradient = Tensor.Full(Cpu, float.NaN, 5);
        using var tape = new Tape(Cpu);
        tape.Begin(set, values, gradient);
        Variable other = tape.Parameter(untouched);
        Variable loss = Reduce.Sum(tape.Parameter(used) * tape.Parameter(used));
        tape.Backward(loss);
        Assert.Equal([2, 4, 0, 0, 0], gradient.ToArray());
        Assert.True(other.NeedsGradient);
    }

    [Fact]
    public void A_parameter_used_twice_collects_both_gradients()
    {
        var set = new ParameterSet();
        Parameter w = set.Add("w", 2);
        Tensor values = Tensor.From(Cpu, [3, 5], 2), gradient = Tensor.Zeros(Cpu, 2);
        using var tape = new Tape(Cpu);
        tape.Begin(set, values, gradient);
        tape.Backward(Reduce.Sum(tape.Parameter(w) * 2f + tape.Parameter(w) * tape.Parameter(w)));
        Assert.Equal([8, 12], gradient.ToArray());
    }

    [Fact]
    public void Without_recording_values_are_the_same_and_nothing_is_saved()
    {
        var set = new ParameterSet();
        Parameter w = set.Add("w", 3, 2);
        Tensor values = Tensor.From(Cpu, [1, 2, 3, 4, 5, 6], 6), gradient = Tensor.Zeros(Cpu, 6), x = Tensor.From(Cpu, [1, -1], 1, 2);
        using var tape = new Tape(Cpu);
        tape.Begin(set, values, gradient);
        float[] recorded = Linear.Apply(tape.Constant(x), tape.Parameter(w), null, default(ReluOp)).Value.ToArray();
        Assert.True(tape.Saved.Bytes > 0);
        tape.BeginNoGrad(set, values);
        Variable y = Linear.Apply(tape.Constant(x), tape.Parameter(w), null, default(ReluOp));
        Assert.Equal(recorded, y.Value.ToArray());
        Assert.Equal(0, tape.Saved.Bytes);
        Assert.Contains("recording: false", Assert.Throws<InvalidOperationException>(() => tape.Backward(Reduce.Sum(y))).Message);
    }

    [Fact]
    public void Half_precision_packing_halves_the_activations_and_keeps_gradients_close()
    {
        float[] exact = Gradient(new SavedTensors(), out long exactBytes), packed = Gradient(new HalfSavedTensors(), out long packedBytes);
        Assert.True(packedBytes < 0.75 * exactBytes, $"{packedBytes} bytes against {exactBytes}");
        double error = 0, norm = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            error += Math.Pow(exact[i] - packed[i], 2);
            norm += exact[i] * exact[i];
        }
        Assert.InRange(Math.Sqrt(error / norm), 1e-9, 1e-3);
    }

    [Fact]
    public void Mistakes_are_named()
    {
        var set = new ParameterSet();
        Parameter w = set.Add("w", 2);
        using var tape = new Tape(Cpu);
        Assert.Contains("call Begin", Assert.Throws<InvalidOperationException>(() => tape.Constant(Tensor.Zeros(Cpu, 1))).Message);
        tape.Begin();
        Assert.Contains("does not belong", Assert.Throws<InvalidOperationException>(() => tape.Parameter(w)).Message);
        Assert.Contains("has 2 parameters", Assert.Throws<ArgumentException>(() => tape.Begin(set, Tensor.Zeros(Cpu, 3), Tensor.Zeros(Cpu, 2))).Message);
        tape.Begin();
        Variable x = tape.Leaf(Tensor.Zeros(Cpu, 2));
        Assert.Contains("reduce it to one element", Assert.Throws<InvalidOperationException>(() => tape.Backward(x)).Message);
        Assert.Contains("has not reached", Assert.Throws<InvalidOperationException>(() => x.Gradient).Message);
        using var other = new Tape(Cpu);
        other.Begin();
        Assert.Contains("different tapes", Assert.Throws<InvalidOperationException>(() => x + other.Leaf(Tensor.Zeros(Cpu, 2))).Message);
        Assert.Contains("is x.Reshape", Assert.Throws<ArgumentException>(() =>
            Linear.Apply(tape.Leaf(Tensor.Zeros(Cpu, 1, 2, 3)), tape.Leaf(Tensor.Zeros(Cpu, 4, 6)), null, default(IdentityOp))).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("'w' exists already", Assert.Throws<ArgumentException>(() => set.Add("w", 1)).Message);
        Assert.Contains("there are: w", Assert.Throws<KeyNotFoundException>(() => set["v"]).Message);
    }

    [Fact]
    public void A_step_in_steady_state_allocates_nothing()
    {
        var set = new ParameterSet();
        Parameter w = set.Add("w", 8, 16), b = set.Add("b", 8);
        Tensor values = Tensor.Zeros(Cpu, set.Length), gradient = Tensor.Zeros(Cpu, set.Length), x = Tensor.Ones(Cpu, 4, 16);
        DeviceBuffer<int> labels = Cpu.Allocate<int>(4);
        Cpu.Upload<int>([0, 1, 2, 3], labels, 0);
        using var tape = new Tape(Cpu);
        long before = 0;
        for (int step = 0; step < 60; step++)
        {
            if (step == 50)
                before = GC.GetAllocatedBytesForCurrentThread();
            tape.Begin(set, values, gradient);
            Variable h = Linear.Apply(tape.Constant(x), tape.Parameter(w), tape.Parameter(b), default(TanhOp));
            Variable g = Elementwise.Apply(default(GeluOp), h * 2f + h);
            tape.Backward(SoftmaxCrossEntropy.Apply(g, IndexView.All(labels)));
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static float[] Gradient(ISavedTensors saved, out long bytes)
    {
        var set = new ParameterSet();
        Parameter w1 = set.Add("1", 32, 64), w2 = set.Add("2", 8, 32);
        Tensor values = Tensor.Uninitialized(Cpu, set.Length), gradient = Tensor.Zeros(Cpu, set.Length), x = Tensor.Uninitialized(Cpu, 16, 64);
        Cpu.FillNormal(RandomStream.For(1, "values", 0), values.View, 0, 0.2f);
        Cpu.FillNormal(RandomStream.For(1, "x", 0), x.View, 0, 1);
        using var tape = new Tape(Cpu, saved);
        tape.Begin(set, values, gradient);
        Variable h = Linear.Apply(tape.Constant(x), tape.Parameter(w1), null, default(IdentityOp));
        tape.Backward(Reduce.Mean(Linear.Apply(h, tape.Parameter(w2), null, default(IdentityOp)) * 3f));
        bytes = saved.Bytes;
        return gradient.ToArray();
    }

    [Fact]
    public void Backward_gives_intermediate_gradients_back_as_it_goes()
    {
        const int Count = 10_000, Depth = 20;
        Tensor values = Tensor.Full(Cpu, 0.1f, Count);
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable leaf = tape.Leaf(values), h = leaf;
        for (int i = 0; i < Depth; i++)
            h = Elementwise.Apply(default(TanhOp), Elementwise.Apply(new ScaleOp(1.5f), h) + leaf);
        Variable loss = Reduce.Sum(h);
        long forward = tape.Arena.Used;
        tape.Backward(loss);
        Assert.InRange(tape.Arena.Peak, forward + Count, forward + 4 * Count);
        Assert.Equal(Count, leaf.Gradient.Count);
        Assert.Contains("make it a Leaf", Assert.Throws<InvalidOperationException>(() => h.Gradient).Message);
    }

    [Fact]
    public void A_value_that_meets_itself_again_collects_every_path()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable x = tape.Leaf(Tensor.From(Cpu, [1, 2, 3, 4], 2, 2));
        Variable flat = Views.Reshape(x, 4), sum = flat + flat;
        Variable twice = Views.Reshape(sum, 2, 2) + Views.Reshape(Elementwise.Apply(default(SquareOp), flat), 2, 2);
        tape.Backward(Reduce.Sum(twice * twice));
        // y = 2x + x², d(y²) = 2·y·(2 + 2x)
        Assert.Equal([24, 96, 240, 480], x.Gradient.ToArray());
    }

    [Fact]
    public void State_and_random_numbers_belong_to_the_step_they_were_attached_to()
    {
        ParameterSet state = [];
        Parameter mean = state.Add("running_mean", 2);
        Tensor values = Tensor.From(Cpu, [7, 8], 2);
        using var tape = new Tape(Cpu);
        tape.Begin(recording: false);
        Assert.False(tape.Training);
        Assert.Contains("Attach", Assert.Throws<InvalidOperationException>(() => tape.State(mean)).Message);
        tape.Attach(state, values, training: true, RandomStream.For(1, "dropout", 5));
        Assert.True(tape.Training);
        Assert.Equal([7, 8], tape.State(mean).ToArray());
        RandomStream first = tape.NextRandom(), second = tape.NextRandom();
        Assert.NotEqual(first, second);
        tape.Begin();
        tape.Attach(state, values, training: true, RandomStream.For(1, "dropout", 5));
        Assert.Equal(first, tape.NextRandom());
        Assert.Throws<ArgumentException>(() => tape.Attach(state, Tensor.Zeros(Cpu, 3), training: true, default));
    }
}
