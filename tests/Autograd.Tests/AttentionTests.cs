using Engram.Kernels;

namespace Engram.Autograd.Tests;

public class AttentionTests
{
    private static readonly Device Cpu = Device.Host;

    // softmax(q·kᵀ/√2)·v for two heads of width 2 over two tokens, qkv = sin(0.7·arange(24)), backward of the sum of y·arange(8): PyTorch 1.13
    [Fact]
    public void Small_values_are_PyTorchs()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable qkv = tape.Leaf(Tensor.From(Cpu, [.. Enumerable.Range(0, 24).Select(i => MathF.Sin(i * 0.7f))], 1, 2, 12));
        Variable y = Attention.Apply(qkv, 2);
        AssertClose([0.13035005f, 0.40607288f, 0.36065218f, -0.15929191f, -0.14714241f, 0.2642476f, 0.57892466f, 0.68589836f], y.Value);
        tape.Backward(Reduce.Sum(y * tape.Constant(Tensor.From(Cpu, [0, 1, 2, 3, 4, 5, 6, 7], 1, 2, 4))));
        AssertClose(
        [
            -0.19186044f, -0.03903212f, -0.41991052f, -0.76635337f, -1.3453598f, -0.59639609f, -0.064816803f, -0.85246694f, 2.8060126f, 4.0379252f,
            5.0015917f, 5.9435797f, -2.0688367f, -0.42088455f, -1.2892208f, -2.3528793f, 1.3453598f, 0.59639609f, 0.064816803f, 0.85246694f,
            1.1939874f, 1.9620748f, 2.9984083f, 4.0564198f,
        ], qkv.Gradient);
    }

    // torch.nn.MultiheadAttention(4, 2, bias=False, batch_first=True), in_proj_weight = cos(0.7·arange(48)), out_proj = identity,
    // x = sin(0.3·arange(8)): PyTorch 1.13
    [Fact]
    public void Its_order_of_queries_keys_values_and_heads_is_that_of_PyTorchs_layer()
    {
        using var tape = new Tape(Cpu);
        tape.Begin(recording: false);
        Variable x = tape.Constant(Tensor.From(Cpu, [.. Enumerable.Range(0, 8).Select(i => MathF.Sin(i * 0.3f))], 1, 2, 4));
        Variable weight = tape.Constant(Tensor.From(Cpu, [.. Enumerable.Range(0, 48).Select(i => MathF.Cos(i * 0.7f))], 12, 4));
        Variable y = Attention.Apply(Linear.Apply(x, weight, null, default(IdentityOp)), 2);
        AssertClose([0.09384203f, 0.59816599f, -1.0309162f, 1.505477f, -0.28129411f, 1.1317781f, -0.88957095f, 1.3587587f], y.Value);
    }

    [Fact]
    public void Values_and_gradients_do_not_depend_on_the_number_of_threads()
    {
        float[][] results = new float[2][];
        using Device two = Device.Cpu(2);
        for (int threads = 1; threads <= 2; threads++)
        {
            Device device = threads == 1 ? Device.Host : two;
            using var tape = new Tape(device);
            tape.Begin();
            Tensor input = Tensor.Uninitialized(device, 9, 17, 96);
            device.FillNormal(RandomStream.For(4, "attention", 0), input.View, 0, 1);
            Variable qkv = tape.Leaf(input), y = Attention.Apply(qkv, 4);
            tape.Backward(Reduce.Sum(y * y));
            results[threads - 1] = [.. y.Value.ToArray(), .. qkv.Gradient.ToArray()];
        }
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void A_width_that_the_heads_do_not_divide_is_refused()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable qkv = tape.Leaf(Tensor.Ones(Cpu, 2, 3, 12));
        Assert.Contains("3 heads divide, got [2, 3, 12]", Assert.Throws<ArgumentException>(() => Attention.Apply(qkv, 3)).Message);
    }

    private static void AssertClose(float[] expected, Tensor actual)
    {
        float[] values = actual.ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], 3e-6f * (1 + Math.Abs(expected[i])));
    }
}
