using Engram.Kernels;

namespace Engram.Autograd.Tests;

public class GradientTests
{
    private static readonly Device Cpu = Device.Host;

    public static TheoryData<string, int[][]> Cases => new()
    {
        { "matmul", [[3, 4], [4, 5]] },
        { "matmul transposed", [[3, 4], [5, 4]] },
        { "matmul batched", [[2, 3, 4], [2, 4, 5]] },
        { "linear", [[5, 7], [3, 7], [3]] },
        { "linear without bias", [[5, 7], [3, 7]] },
        { "linear tanh", [[5, 7], [3, 7], [3]] },
        { "linear gelu", [[5, 7], [3, 7], [3]] },
        { "linear sigmoid", [[1, 17], [33, 17], [33]] },
        { "add row", [[4, 5], [5]] },
        { "multiply column", [[4, 5], [4, 1]] },
        { "divide both broadcast", [[4, 1, 3], [5, 1]] },
        { "subtract scalar", [[4, 5], []] },
        { "sum axis", [[3, 4, 5]] },
        { "mean axis", [[3, 4, 5]] },
        { "mean", [[3, 4]] },
        { "reshape of transpose", [[3, 4, 2]] },
        { "slice", [[4, 6]] },
        { "broadcast", [[4, 1]] },
        { "concatenate", [[2, 1, 3], [2, 4, 3]] },
        { "concatenate with itself, strided", [[4, 2, 3]] },
        { "gather rows", [[5, 3]] },
        { "shared input", [[4, 4]] },
        { "chain", [[4, 6], [6, 6], [6]] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_agrees_with_differences(string name, int[][] shapes)
    {
        Tensor[] inputs = new Tensor[shapes.Length];
        for (int i = 0; i < shapes.Length; i++)
        {
            inputs[i] = Tensor.Uninitialized(Cpu, shapes[i]);
            // away from zero, so that quotients are tame; both signs for the first input
            Cpu.FillUniform(RandomStream.For(7, name, (ulong)i), inputs[i].View, i == 0 ? -1f : 0.5f, 1.5f);
        }
        GradientCheckReport report = GradientCheck.Run(Cpu, Function(name), inputs);
        Assert.True(report.Passed, $"{name}: {report}");
        Assert.True(report.Checked > 0);
    }

    [Fact]
    public void A_wrong_derivative_is_found()
    {
        Tensor x = Tensor.From(Cpu, [0.5f, -0.25f, 1f], 3);
        GradientCheckReport report = GradientCheck.Run(Cpu, static (tape, inputs) => Elementwise.Apply(default(WrongOp), inputs[0]), [x]);
        Assert.False(report.Passed);
        Assert.Contains("FAILED", report.ToString());
    }

    [Fact]
    public void Cross_entropy_has_the_gradient_of_its_loss()
    {
        Tensor logits = Tensor.Uninitialized(Cpu, 6, 5);
        Cpu.FillNormal(RandomStream.For(3, "logits", 0), logits.View, 0, 2);
        DeviceBuffer<int> labels = Labels(0, 1, 2, 3, 4, 2);
        GradientCheckReport report = GradientCheck.Run(Cpu, (tape, inputs) => SoftmaxCrossEntropy.Apply(inputs[0], IndexView.All(labels)), [logits]);
        Assert.True(report.Passed, report.ToString());
    }

    [Fact]
    public void A_masked_head_gives_no_gradient_to_classes_that_are_not_allowed()
    {
        Tensor logits = Tensor.From(Cpu, [1, 5, 2, 3, 0, -1, 4, 4], 2, 4);
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable x = tape.Leaf(logits);
        Variable loss = SoftmaxCrossEntropy.Apply(x, IndexView.All(Labels(0, 2)), IndexView.All(Labels(1, 0, 1, 0)));
        tape.Backward(loss);
        float[] gradient = x.Gradient.ToArray();
        Assert.Equal(0f, gradient[1]);
        Assert.Equal(0f, gradient[3]);
        double p = 1 / (1 + Math.Exp(1));
        Assert.Equal((p - 1) / 2, gradient[0], 1e-6);
        var error = Assert.ThrowsAny<ArgumentException>(() => SoftmaxCrossEntropy.Apply(tape.Constant(logits), IndexView.All(Labels(0, 1)), IndexView.All(Labels(1, 0, 1, 0))));
        Assert.Contains("row 1", error.Message);
    }

    private static DeviceBuffer<int> Labels(params int[] labels)
    {
        DeviceBuffer<int> buffer = Cpu.Allocate<int>(labels.Length);
        Cpu.Upload<int>(labels, buffer, 0);
        return buffer;
    }

    private static GradientCheck.Function Function(string name) => name switch
    {
        "matmul" or "matmul batched" => static (_, x) => MatMul.Apply(x[0], x[1]),
        "matmul transposed" => static (_, x) => MatMul.Apply(x[0], Views.Transpose(x[1], 0, 1)),
        "linear" => static (_, x) => Linear.Apply(x[0], x[1], x[2], default(IdentityOp)),
        "linear without bias" => static (_, x) => Linear.Apply(x[0], x[1], null, default(IdentityOp)),
        "linear tanh" => static (_, x) => Linear.Apply(x[0], x[1], x[2], default(TanhOp)),
        "linear gelu" => static (_, x) => Linear.Apply(x[0], x[1], x[2], default(GeluOp)),
        "linear sigmoid" => static (_, x) => Linear.Apply(x[0], x[1], x[2], default(SigmoidOp)),
        "add row" => static (_, x) => x[0] + x[1],
        "multiply column" => static (_, x) => x[0] * x[1],
        "divide both broadcast" => static (_, x) => x[0] / x[1],
        "subtract scalar" => static (_, x) => x[0] - x[1],
        "sum axis" => static (_, x) => Reduce.Sum(x[0] * x[0], 1),
        "mean axis" => static (_, x) => Reduce.Mean(x[0] * x[0], -1),
        "mean" => static (_, x) => Reduce.Mean(x[0] * x[0]),
        "reshape of transpose" => static (_, x) => Views.Reshape(Views.Transpose(x[0], 0, 2), 6, -1) * 2f,
        "slice" => static (_, x) => Views.Slice(x[0], 1, 2, 3) * Views.Slice(x[0], -1, 0, 3),
        "broadcast" => static (_, x) => Views.BroadcastTo(x[0], 2, 4, 3) * 1.5f,
        "concatenate" => (_, x) => Concatenate.Apply(x[0], x[1], 1) * Concatenate.Apply(x[0] * 2f, x[1], -2),
        "concatenate with itself, strided" => (_, x) => Concatenate.Apply(Views.Transpose(x[0], 0, 2), Views.Transpose(x[0], 0, 2), 0),
        "gather rows" => static (_, x) => Gather.Rows(x[0], IndexView.All(Labels(4, 0, 0, 2))),
        "shared input" => static (_, x) => MatMul.Apply(x[0], x[0]) + x[0],
        "chain" => static (_, x) => Elementwise.Apply(default(TanhOp), Linear.Apply(Linear.Apply(x[0], x[1], x[2], default(SigmoidOp)), x[1], x[2], default(TanhOp)) + x[0]),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such case"),
    };

    private readonly record struct WrongOp : IDifferentiableUnaryOp
    {
        public static DerivativeNeeds Needs => DerivativeNeeds.Input;

        public T Forward<T>(T x) where T : struct, ILane<T> => x * x;

        public T Derivative<T>(T x, T y) where T : struct, ILane<T> => x;
    }
}
