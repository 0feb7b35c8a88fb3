using Engram.Kernels;

namespace Engram.Autograd.Tests;

public class ConvolutionTests
{
    private static readonly Device Cpu = Device.Host;

    public static TheoryData<int[], int[], bool, ConvolutionGeometry> Cases => new()
    {
        { [2, 3, 5, 6], [4, 3, 3, 3], true, ConvolutionGeometry.Square(1, 1) },
        { [2, 3, 5, 6], [4, 3, 3, 3], false, ConvolutionGeometry.Square(2, 1) },
        { [1, 2, 7, 5], [3, 2, 2, 3], true, new ConvolutionGeometry(2, 1, 0, 2, 2, 1, 1) },
        { [2, 4, 4, 5], [6, 2, 3, 1], true, new ConvolutionGeometry(1, 2, 1, 0, 1, 1, 2) },
        { [2, 3, 5, 5], [3, 1, 3, 3], false, ConvolutionGeometry.Square(1, 1, 1, 3) },
        { [3, 4, 6, 6], [5, 4, 1, 1], false, ConvolutionGeometry.Square(2) },
        { [1, 3, 8, 8], [6, 3, 4, 4], true, ConvolutionGeometry.Square(4) },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_agrees_with_differences(int[] x, int[] weight, bool bias, ConvolutionGeometry geometry)
    {
        int[][] shapes = bias ? [x, weight, [weight[0]]] : [x, weight];
        Tensor[] inputs = new Tensor[shapes.Length];
        for (int i = 0; i < shapes.Length; i++)
        {
            inputs[i] = Tensor.Uninitialized(Cpu, shapes[i]);
            Cpu.FillUniform(RandomStream.For(11, "convolution", (ulong)i), inputs[i].View, -1f, 1f);
        }
        GradientCheckReport report = GradientCheck.Run(Cpu,
            (_, v) => Convolution.Apply(v[0], v[1], v.Length > 2 ? v[2] : null, geometry), inputs);
        Assert.True(report.Passed, $"{geometry}: {report}");
        Assert.True(report.Checked > 0);
    }

    [Fact]
    public void Gradients_of_a_shared_weight_and_of_a_strided_image_add_up()
    {
        Tensor x = Tensor.Uninitialized(Cpu, 2, 3, 4, 5), weight = Tensor.Uninitialized(Cpu, 3, 3, 3, 3);
        Cpu.FillUniform(RandomStream.For(12, "x", 0), x.View, -1f, 1f);
        Cpu.FillUniform(RandomStream.For(12, "w", 0), weight.View, -1f, 1f);
        GradientCheckReport report = GradientCheck.Run(Cpu, static (_, v) =>
        {
            Variable turned = Views.Transpose(v[0], 2, 3);
            Variable once = Convolution.Apply(turned, v[1], null, ConvolutionGeometry.Square(1, 1));
            return Convolution.Apply(once, v[1], null, ConvolutionGeometry.Square(1, 1)) + turned;
        }, [x, weight]);
        Assert.True(report.Passed, report.ToString());
    }

    [Fact]
    public void Strides_far_beyond_a_byte_survive_the_way_through_the_node()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable x = tape.Leaf(Tensor.From(Cpu, [2, 3], 1, 1, 1, 2)), weight = tape.Leaf(Tensor.From(Cpu, [5, 7], 1, 1, 1, 2));
        Variable y = Convolution.Apply(x, weight, null, new ConvolutionGeometry(60000, 1, 0, 1, 1, 1, 1));
        Assert.Equal([14, 31, 15], y.Value.ToArray());
        tape.Backward(Reduce.Sum(y));
        Assert.Equal([12, 12], x.Gradient.ToArray());
        Assert.Equal([5, 5], weight.Gradient.ToArray());
        Assert.Contains("got 70000", Assert.Throws<ArgumentException>(() => Convolution.Apply(x, weight, null, new ConvolutionGeometry(70000, 1, 0, 1, 1, 1, 1))).Message);
    }

    [Fact]
    public void A_constant_image_saves_no_weight_and_misfits_are_named()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable x = tape.Constant(Tensor.Full(Cpu, 1f, 1, 2, 3, 3)), weight = tape.Leaf(Tensor.Full(Cpu, 1f, 2, 2, 3, 3));
        Variable y = Convolution.Apply(x, weight, null, ConvolutionGeometry.Square());
        tape.Backward(Reduce.Sum(y));
        Assert.All(weight.Gradient.ToArray(), g => Assert.Equal(1f, g));
        Variable rows = tape.Constant(Tensor.Full(Cpu, 1f, 1, 18));
        Assert.Contains("reshape", Assert.Throws<ArgumentException>(() => Convolution.Apply(rows, weight, null, ConvolutionGeometry.Square())).Message);
        Assert.Contains("2 outputs", Assert.Throws<ArgumentException>(() => Convolution.Apply(x, weight, tape.Leaf(Tensor.Full(Cpu, 1f, 3)), ConvolutionGeometry.Square())).Message);
        Assert.Contains("larger than the padded image", Assert.Throws<ArgumentException>(() => Convolution.Apply(x, weight, null, ConvolutionGeometry.Square(1, 0, 2))).Message);
    }
}
