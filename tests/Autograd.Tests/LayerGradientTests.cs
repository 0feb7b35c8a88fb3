using Engram.Kernels;

namespace Engram.Autograd.Tests;

/// <summary>Gradients of normalizations, poolings and linear maps of more than two axes, against differences.</summary>
public class LayerGradientTests
{
    private static readonly Device Cpu = Device.Host;

    public static TheoryData<string, int[][]> Cases => new()
    {
        { "batch norm", [[4, 3, 2, 3], [3], [3]] },
        { "batch norm of a matrix", [[6, 5], [5], [5]] },
        { "batch norm of one sample", [[1, 2, 3, 5], [2], [2]] },
        { "batch norm of one channel", [[3, 1, 3, 2], [1], [1]] },
        { "batch norm, eval", [[4, 3, 2, 3], [3], [3]] },
        { "batch norm, residual and relu", [[4, 3, 3, 2], [3], [3], [4, 3, 3, 2]] },
        { "batch norm, residual and relu, eval", [[4, 3, 3, 2], [3], [3], [4, 3, 3, 2]] },
        { "batch norm, its input is the residual", [[4, 3, 3, 2], [3], [3]] },
        { "batch norm, shared inputs", [[4, 3, 3, 2], [3]] },
        { "batch norm of a transpose", [[3, 4, 3, 2], [3], [3], [3, 4, 3, 2]] },
        { "layer norm", [[4, 7], [7], [7]] },
        { "layer norm of tokens", [[2, 3, 17], [17], [17]] },
        { "layer norm, shared inputs", [[2, 3, 5], [5]] },
        { "layer norm of a transpose", [[2, 5, 3], [5], [5]] },
        { "linear of tokens", [[2, 3, 5], [4, 5], [4]] },
        { "linear gelu of tokens", [[2, 3, 5], [4, 5], [4]] },
        { "linear tanh of tokens", [[2, 3, 5], [4, 5], [4]] },
        { "linear of a transpose", [[2, 5, 3], [4, 5], [4]] },
        { "linear of four axes, shared input", [[2, 2, 3, 4], [4, 4]] },
        { "softmax", [[3, 7]] },
        { "softmax of tokens, shared input", [[2, 3, 5]] },
        { "softmax of a transpose", [[2, 5, 3]] },
        { "log-softmax", [[3, 7]] },
        { "log-softmax of a row of one", [[3, 1]] },
        { "attention", [[2, 5, 12]] },
        { "attention with one head, shared input", [[2, 3, 6]] },
        { "attention of a transpose", [[3, 2, 12]] },
        { "dropout", [[7, 19]] },
        { "dropout, shared input", [[7, 19]] },
        { "max pool", [[2, 2, 4, 6]] },
        { "max pool, overlapping", [[2, 1, 7, 5]] },
        { "max pool, adaptive", [[1, 2, 5, 7]] },
        { "average pool", [[2, 2, 5, 7]] },
        { "average pool, padded", [[2, 2, 5, 7]] },
        { "average pool, padding not counted", [[2, 2, 5, 7]] },
        { "average pool, adaptive", [[2, 2, 5, 7]] },
        { "average pool, global", [[2, 3, 4, 5]] },
        { "average pool, shared input", [[2, 3, 4, 5]] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_agrees_with_differences(string name, int[][] shapes)
    {
        Tensor[] inputs = new Tensor[shapes.Length];
        for (int i = 0; i < shapes.Length; i++)
        {
            inputs[i] = Tensor.Uninitialized(Cpu, shapes[i]);
            if (name.StartsWith("max", StringComparison.Ordinal))
            {
                // a shuffled grid: no two values are so near that a difference would exchange them
                Span<float> x = inputs[i].AsSpan();
                for (int k = 0; k < x.Length; k++)
                    x[k] = ((k * 37 % x.Length) - (x.Length / 2)) * 0.25f;
                continue;
            }
            Cpu.FillNormal(RandomStream.For(11, name, (ulong)i), inputs[i].View, i == 0 ? 0.3f : 1f, i is 0 or 3 ? 2f : 0.5f);
        }
        GradientCheckReport report = GradientCheck.Run(Cpu, Function(name), inputs, new GradientCheckOptions { Step = 1f / 256, Tolerance = 2e-3 });
        Assert.True(report.Passed, $"{name}: {report}");
        Assert.True(report.Checked > 0);
    }

    [Fact]
    public void Batch_normalization_keeps_only_its_input_its_output_and_two_numbers_per_channel()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Tensor mean = Tensor.Zeros(Cpu, 8), variance = Tensor.Ones(Cpu, 8);
        Tensor images = Tensor.Uninitialized(Cpu, 4, 8, 5, 5), scale = Tensor.Ones(Cpu, 8);
        Cpu.FillNormal(RandomStream.For(1, "images", 0), images.View, 0, 1);
        Variable x = tape.Leaf(images), gain = tape.Leaf(scale), bias = tape.Leaf(Tensor.Zeros(Cpu, 8));
        _ = BatchNormalization.Apply(x, gain, bias, mean, variance, new(true), relu: true);
        Assert.Equal(4 * ((2 * images.Count) + (2 * 8)), tape.Saved.Bytes);
    }

    [Fact]
    public void Running_statistics_move_in_training_and_stay_in_evaluation()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Tensor state = Tensor.From(Cpu, [0f, 0f, 1f, 1f], 4), mean = state.Slice(0, 0, 2), variance = state.Slice(0, 2, 2);
        Variable x = tape.Constant(Tensor.From(Cpu, [1f, 10f, 3f, 30f], 2, 2)), one = tape.Constant(Tensor.Ones(Cpu, 2)), zero = tape.Constant(Tensor.Zeros(Cpu, 2));
        Variable y = BatchNormalization.Apply(x, one, zero, mean, variance, new(true));
        Assert.Equal([0.2f, 2f, 1.1f, 20.9f], state.ToArray());
        Assert.Equal(-1f, y.Value[0, 0], 1e-4f);
        y = BatchNormalization.Apply(x, one, zero, mean, variance, new(false));
        Assert.Equal([0.2f, 2f, 1.1f, 20.9f], state.ToArray());
        Assert.Equal(0.8 / Math.Sqrt(1.1 + 1e-5), y.Value[0, 0], 1e-5);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_named()
    {
        using var tape = new Tape(Cpu);
        tape.Begin();
        Variable images = tape.Leaf(Tensor.Ones(Cpu, 2, 3, 4, 5)), two = tape.Leaf(Tensor.Ones(Cpu, 2)), three = tape.Leaf(Tensor.Ones(Cpu, 3));
        Tensor state = Tensor.Ones(Cpu, 3);
        AssertNames("the gain must be [3]", () => BatchNormalization.Apply(images, two, three, state, state, new(true)));
        AssertNames("the residual is [2, 3, 4, 4]", () => BatchNormalization.Apply(images, three, three, state, state, new(true), tape.Leaf(Tensor.Ones(Cpu, 2, 3, 4, 4))));
        AssertNames("gain [3]", () => LayerNormalization.Apply(images, three, three));
        AssertNames("does not fit into x [2, 3, 4, 5]", () => Pooling.Max(images, PoolGeometry.Square(5)));
        AssertNames("expected images", () => Pooling.AdaptiveAverage(two, 1, 1));
        AssertNames("has 5 features", () => Linear.Apply(images, tape.Leaf(Tensor.Ones(Cpu, 3, 4)), null, default(IdentityOp)));
    }

    private static void AssertNames(string words, Func<Variable> call) => Assert.Contains(words, Assert.ThrowsAny<ArgumentException>(() => call()).Message);

    private static Variable Norm(ReadOnlySpan<Variable> x, bool training = true, bool relu = false, Variable? residual = null)
    {
        // fresh statistics every time: a gradient check needs a pure function
        Tensor mean = Tensor.Full(Cpu, 0.25f, x[1].Size(0)), variance = Tensor.Full(Cpu, 1.5f, x[1].Size(0));
        return BatchNormalization.Apply(x[0], x[1], x[2], mean, variance, new(training), residual, relu);
    }

    private static GradientCheck.Function Function(string name) => name switch
    {
        "batch norm" or "batch norm of a matrix" or "batch norm of one sample" or "batch norm of one channel" => static (_, x) => Norm(x),
        "batch norm, eval" => static (_, x) => Norm(x, training: false),
        "batch norm, residual and relu" => static (_, x) => Norm(x, true, true, x[3]),
        "batch norm, residual and relu, eval" => static (_, x) => Norm(x, false, true, x[3]),
        "batch norm, its input is the residual" => static (_, x) => Norm(x, true, false, x[0]) * x[0],
        "batch norm, shared inputs" => static (_, x) => Norm([Norm([x[0], x[1], x[1]]), x[1], x[1]], true, false, x[0]) + x[0],
        "batch norm of a transpose" => static (_, x) => Norm([Views.Transpose(x[0], 0, 1), x[1], x[2]], true, false, Views.Transpose(x[3], 0, 1)),
        "layer norm" or "layer norm of tokens" => static (_, x) => LayerNormalization.Apply(x[0], x[1], x[2], 1e-2f),
        "layer norm, shared inputs" => static (_, x) => LayerNormalization.Apply(LayerNormalization.Apply(x[0], x[1], x[1], 1e-2f), x[1], x[1], 1e-2f) + x[0],
        "layer norm of a transpose" => static (_, x) => LayerNormalization.Apply(Views.Transpose(x[0], 1, 2), x[1], x[2], 1e-2f),
        "linear of tokens" => static (_, x) => Linear.Apply(x[0], x[1], x[2], default(IdentityOp)),
        "linear gelu of tokens" => static (_, x) => Linear.Apply(x[0], x[1], x[2], default(GeluOp)),
        "linear tanh of tokens" => static (_, x) => Linear.Apply(x[0], x[1], x[2], default(TanhOp)),
        "linear of a transpose" => static (_, x) => Linear.Apply(Views.Transpose(x[0], 1, 2), x[1], x[2], default(IdentityOp)),
        "linear of four axes, shared input" => static (_, x) => Linear.Apply(Linear.Apply(x[0], x[1], null, default(TanhOp)) + x[0], x[1], null, default(IdentityOp)) + x[0],
        "softmax" => static (_, x) => Softmax.Apply(x[0]),
        "softmax of tokens, shared input" => static (_, x) => Softmax.Apply(x[0]) + x[0],
        "softmax of a transpose" => static (_, x) => Softmax.Apply(Views.Transpose(x[0], 1, 2)) * Views.Transpose(x[0], 1, 2),
        "log-softmax" or "log-softmax of a row of one" => static (_, x) => Softmax.Log(x[0]) + x[0],
        "attention" => static (_, x) => Attention.Apply(x[0], 2),
        "attention with one head, shared input" => static (_, x) => Views.Slice(x[0], 2, 1, 2) + Attention.Apply(x[0], 1),
        "attention of a transpose" => static (_, x) => Attention.Apply(Views.Transpose(x[0], 0, 1), 4),
        "dropout" => static (_, x) => Dropout.Apply(x[0], 0.3f, RandomStream.For(5, "dropout", 2)),
        "dropout, shared input" => static (_, x) => Dropout.Apply(x[0], 0.6f, RandomStream.For(5, "dropout", 2)) * x[0] + x[0],
        "max pool" => static (_, x) => Pooling.Max(x[0], PoolGeometry.Square(2)),
        "max pool, overlapping" => static (_, x) => Pooling.Max(x[0], new PoolGeometry(3, 2, 2, 1, 1, 1)),
        "max pool, adaptive" => static (_, x) => Pooling.AdaptiveMax(x[0], 2, 3),
        "average pool" => static (_, x) => Pooling.Average(x[0], PoolGeometry.Square(2)),
        "average pool, padded" => static (_, x) => Pooling.Average(x[0], PoolGeometry.Square(3, 2, 1)),
        "average pool, padding not counted" => static (_, x) => Pooling.Average(x[0], PoolGeometry.Square(3, 2, 1), countPadding: false),
        "average pool, adaptive" => static (_, x) => Pooling.AdaptiveAverage(x[0], 3, 2),
        "average pool, global" => static (_, x) => Pooling.AdaptiveAverage(x[0], 1, 1),
        "average pool, shared input" => static (_, x) => Pooling.AdaptiveAverage(x[0], 1, 1) * Pooling.Average(x[0], PoolGeometry.Square(2)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such case"),
    };
}
