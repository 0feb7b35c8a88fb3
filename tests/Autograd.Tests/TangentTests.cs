using System.Reflection;
using Engram.Kernels;

namespace Engram.Autograd.Tests;

/// <summary>
/// Forward mode. Every gradient check compares tangents with backward already; here every op is found by reflection and its tangent compared with
/// differences of its values alone.
/// </summary>
public class TangentTests
{
    private static readonly Device Cpu = Device.Host;

    private static readonly DeviceBuffer<int> Picked = Integers(2, 0, 2);

    private static readonly Dictionary<string, (int[][] Shapes, GradientCheck.Function Function)> Ops = new()
    {
        ["Attention.Apply"] = ([[2, 3, 12]], static (_, x) => Attention.Apply(x[0], 2)),
        ["BatchNormalization.Apply"] = ([[3, 2, 2, 2], [2], [2], [3, 2, 2, 2]], static (_, x) =>
            BatchNormalization.Apply(x[0], x[1], x[2], Tensor.Full(Cpu, 0.25f, 2), Tensor.Full(Cpu, 1.5f, 2), new(false), x[3])),
        ["Binary.Apply"] = ([[3, 4], [4]], static (_, x) => Binary.Apply(default(DivideOp), x[0], x[1] * x[1] + 1f)),
        ["Concatenate.Apply"] = ([[2, 3], [2, 2]], static (_, x) => Concatenate.Apply(x[0], x[1], 1)),
        ["Convolution.Apply"] = ([[2, 3, 5, 5], [4, 3, 3, 3], [4]], static (_, x) => Convolution.Apply(x[0], x[1], x[2], ConvolutionGeometry.Square(2, 1))),
        ["Dropout.Apply"] = ([[5, 7]], static (_, x) => Dropout.Apply(x[0], 0.4f, RandomStream.For(5, "dropout", 2))),
        ["Elementwise.Apply"] = ([[5, 7]], static (_, x) => Elementwise.Apply(default(GeluOp), x[0])),
        ["Gather.Rows"] = ([[3, 4]], static (_, x) => Gather.Rows(x[0], IndexView.All(Picked))),
        ["LayerNormalization.Apply"] = ([[4, 7], [7], [7]], static (_, x) => LayerNormalization.Apply(x[0], x[1], x[2], 1e-2f)),
        ["Linear.Apply"] = ([[5, 4], [3, 4], [3]], static (_, x) => Linear.Apply(x[0], x[1], x[2], default(TanhOp))),
        ["MatMul.Apply"] = ([[3, 4], [4, 5]], static (_, x) => MatMul.Apply(x[0], x[1])),
        ["Pooling.Max"] = ([[2, 1, 7, 5]], static (_, x) => Pooling.Max(x[0], new PoolGeometry(3, 2, 2, 1, 1, 1))),
        ["Pooling.Average"] = ([[2, 2, 5, 7]], static (_, x) => Pooling.Average(x[0], PoolGeometry.Square(3, 2, 1), countPadding: false)),
        ["Pooling.AdaptiveMax"] = ([[1, 2, 5, 7]], static (_, x) => Pooling.AdaptiveMax(x[0], 2, 3)),
        ["Pooling.AdaptiveAverage"] = ([[1, 2, 5, 7]], static (_, x) => Pooling.AdaptiveAverage(x[0], 2, 3)),
        ["Reduce.Sum"] = ([[3, 4]], static (_, x) => Reduce.Sum(x[0], 1)),
        ["Reduce.Mean"] = ([[3, 4]], static (_, x) => Reduce.Mean(x[0])),
        ["Softmax.Apply"] = ([[3, 5]], static (_, x) => Softmax.Apply(x[0])),
        ["Softmax.Log"] = ([[3, 5]], static (_, x) => Softmax.Log(x[0])),
        ["SoftmaxCrossEntropy.Apply"] = ([[3, 5]], static (_, x) => SoftmaxCrossEntropy.Apply(x[0], IndexView.All(Picked))),
        ["SoftmaxCrossEntropy.PerSample"] = ([[3, 5]], static (_, x) => SoftmaxCrossEntropy.PerSample(x[0], IndexView.All(Picked))),
        ["SupervisedContrastive.PerAnchor"] = ([[5, 3]], static (_, x) => SupervisedContrastive.PerAnchor(x[0], Partners(1, 0, 1, 1, 2), 0.5f)),
        ["SupervisedContrastive.Apply"] = ([[4, 6]], static (_, x) => SupervisedContrastive.Apply(x[0], Partners(0, 1, 1, 0), 0.4f)),
        ["UnitRows.Apply"] = ([[3, 4]], static (_, x) => UnitRows.Apply(x[0])),
        ["Views.Reshape"] = ([[3, 4]], static (_, x) => Views.Reshape(Views.Transpose(x[0], 0, 1), 6, 2)),
        ["Views.Contiguous"] = ([[3, 4]], static (_, x) => Views.Contiguous(Views.Transpose(x[0], 0, 1))),
        ["Views.Transpose"] = ([[3, 4]], static (_, x) => Views.Transpose(x[0], 0, 1)),
        ["Views.Slice"] = ([[3, 4]], static (_, x) => Views.Slice(x[0], 1, 1, 2)),
        ["Views.BroadcastTo"] = ([[3, 1]], static (_, x) => Views.BroadcastTo(x[0], 2, 3, 4)),
    };

    private static ContrastPartners Partners(params int[] labels)
    {
        var partners = new ContrastPartners(Cpu);
        partners.Set(labels);
        return partners;
    }

    public static TheoryData<string> Names => [.. Ops.Keys];

    [Fact]
    public void Every_op_of_the_tape_has_a_case_here()
    {
        // that every op has a tangent rule the compiler sees to: recording an op takes one
        IEnumerable<string> found = typeof(Linear).Assembly.GetExportedTypes().Where(static type => type is { IsAbstract: true, IsSealed: true })
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(static method => method.ReturnType == typeof(Variable)).Select(static method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct();
        Assert.Equal(found.Order(), Ops.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_tangent_of_an_op_is_the_difference_along_the_direction(string name)
    {
        (int[][] shapes, GradientCheck.Function function) = Ops[name];
        Tensor[] inputs = new Tensor[shapes.Length], directions = new Tensor[shapes.Length];
        for (int i = 0; i < shapes.Length; i++)
        {
            inputs[i] = Tensor.Uninitialized(Cpu, shapes[i]);
            directions[i] = Tensor.Uninitialized(Cpu, shapes[i]);
            Cpu.FillNormal(RandomStream.For(3, name, (ulong)i), inputs[i].View, 0.3f, 1f);
            Cpu.FillUniform(RandomStream.For(4, name, (ulong)i), directions[i].View, -1f, 1f);
            if (name.Contains("Max", StringComparison.Ordinal))
            {
                // a shuffled grid: no step of the differences exchanges two values
                Span<float> x = inputs[i].AsSpan();
                for (int k = 0; k < x.Length; k++)
                    x[k] = ((k * 37 % x.Length) - (x.Length / 2)) * 0.5f;
            }
        }
        using var tape = new Tape(Cpu);
        var variables = new Variable[inputs.Length];
        tape.BeginTangents();
        for (int i = 0; i < inputs.Length; i++)
            variables[i] = tape.Leaf(inputs[i], directions[i]);
        Variable y = function(tape, variables);
        float[] tangent = y.Tangent.ToArray(), value = y.Value.ToArray();
        Assert.Equal(y.Layout.Sizes, y.Tangent.Layout.Sizes);
        double[] numeric = new double[tangent.Length];
        const float h = 1f / 32;
        foreach ((float step, double weight) in new[] { (h, 8.0), (-h, -8.0), (2 * h, -1.0), (-2 * h, 1.0) })
        {
            tape.Begin(recording: false);
            for (int i = 0; i < inputs.Length; i++)
                variables[i] = tape.Constant(inputs[i] + (directions[i] * step));
            float[] moved = function(tape, variables).Value.ToArray();
            for (int k = 0; k < moved.Length; k++)
                numeric[k] += weight * moved[k] / (12 * h);
        }
        for (int k = 0; k < tangent.Length; k++)
            Assert.True(Math.Abs(numeric[k] - tangent[k]) <= 1e-3 * Math.Max(1, Math.Abs(numeric[k])), $"{name}: element {k} moves by {tangent[k]}, differences say {numeric[k]}");
        tape.Begin(recording: false);
        for (int i = 0; i < inputs.Length; i++)
            variables[i] = tape.Constant(inputs[i]);
        Assert.Equal(function(tape, variables).Value.ToArray(), value);
    }

    [Fact]
    public void A_wrong_tangent_is_found()
    {
        Tensor x = Tensor.From(Cpu, [0.5f, -0.25f, 1f], 3);
        GradientCheckReport report = GradientCheck.Run(Cpu, static (tape, inputs) => inputs[0] * (tape.Tangents ? 1.01f : 1f), [x]);
        Assert.False(report.Passed);
        Assert.Contains("of a tangent", report.ToString());
    }

    [Fact]
    public void Parameters_before_the_first_that_moves_stand_still()
    {
        var set = new ParameterSet();
        Parameter first = set.Add("first", 2), second = set.Add("second", 2);
        Tensor values = Tensor.From(Cpu, [2, 3, 5, 7], 4), direction = Tensor.From(Cpu, [1, 1, 10, 100], 4);
        using var tape = new Tape(Cpu);
        tape.BeginTangents(set, values, direction);
        Assert.Equal([5 + 20, 7 + 300], (tape.Parameter(first) * tape.Parameter(second)).Tangent.ToArray());
        tape.BeginTangents(set, values, direction, first: 1);
        Assert.False((tape.Parameter(first) * 2f).NeedsGradient);
        Assert.Equal([20, 300], (tape.Parameter(first) * tape.Parameter(second)).Tangent.ToArray());
        Assert.Equal(0, tape.Saved.Bytes);
    }

    [Fact]
    public void Wrong_use_is_named()
    {
        var set = new ParameterSet();
        Parameter w = set.Add("w", 2);
        Tensor values = Tensor.From(Cpu, [2, 3], 2);
        using var tape = new Tape(Cpu);
        Assert.Contains("the direction has 3", Assert.Throws<ArgumentException>(() => tape.BeginTangents(set, values, Tensor.Ones(Cpu, 3))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.BeginTangents(set, values, values, 1));
        tape.Begin(set, values, Tensor.Zeros(Cpu, 2));
        Assert.Contains("BeginTangents", Assert.Throws<InvalidOperationException>(() => tape.Parameter(w).Tangent).Message);
        Assert.Contains("BeginTangents", Assert.Throws<InvalidOperationException>(() => tape.Leaf(values, values)).Message);
        tape.BeginTangents(set, values, values);
        Assert.Contains("does not move", Assert.Throws<InvalidOperationException>(() => tape.Constant(values).Tangent).Message);
        Assert.Contains("contiguous", Assert.Throws<ArgumentException>(() => tape.Leaf(Tensor.Ones(Cpu, 2, 3), Tensor.Ones(Cpu, 3, 2).T)).Message);
        Assert.Throws<InvalidOperationException>(() => tape.Backward(Reduce.Sum(tape.Parameter(w))));
    }

    private static DeviceBuffer<int> Integers(params int[] values)
    {
        DeviceBuffer<int> buffer = Cpu.Allocate<int>(values.Length);
        Cpu.Upload<int>(values, buffer, 0);
        return buffer;
    }
}
