using System.Reflection;
using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Conformance;

/// <summary>Every elementwise op struct, found by reflection, through the device contract: layouts, in-place use, threads, special values, derivatives.</summary>
public class OpConformanceTests
{
    private static readonly bool Tiny = Environment.GetEnvironmentVariable("ENGRAM_TINY") == "1";
    private static readonly Device OneThread = Device.Host, ThreeThreads = Device.Cpu(3);

    public static TheoryData<Type> UnaryOps => [.. Ops(typeof(IDifferentiableUnaryOp))];

    public static TheoryData<Type> BinaryOps => [.. Ops(typeof(IDifferentiableBinaryOp))];

    [Fact]
    public void The_known_ops_are_found()
    {
        Assert.Contains(typeof(ReluOp), Ops(typeof(IDifferentiableUnaryOp)));
        Assert.Contains(typeof(DivideOp), Ops(typeof(IDifferentiableBinaryOp)));
    }

    [Theory]
    [MemberData(nameof(UnaryOps))]
    public void A_unary_op_gives_the_same_bits_in_every_layout_in_place_and_on_any_number_of_threads(Type op) => Call(nameof(CheckUnary), op);

    [Theory]
    [MemberData(nameof(BinaryOps))]
    public void A_binary_op_gives_the_same_bits_in_every_layout_in_place_and_on_any_number_of_threads(Type op) => Call(nameof(CheckBinary), op);

    [Theory]
    [MemberData(nameof(UnaryOps))]
    public void The_derivative_beside_a_unary_op_is_the_derivative_of_its_forward(Type op) => Call(nameof(CheckUnaryGradient), op);

    [Theory]
    [MemberData(nameof(BinaryOps))]
    public void The_derivatives_beside_a_binary_op_are_the_derivatives_of_its_forward(Type op) => Call(nameof(CheckBinaryGradient), op);

    [Theory]
    [MemberData(nameof(UnaryOps))]
    public void Backward_overwrites_or_adds_as_asked_in_every_layout(Type op) => Call(nameof(CheckUnaryBackward), op);

    private static void CheckUnary<TOp>() where TOp : struct, IDifferentiableUnaryOp
    {
        TOp op = Example<TOp>();
        int columns = Tiny ? 19 : 133;
        Tensor x = Inputs(1, 7, columns);
        x.AsSpan()[0] = float.NaN;
        x.AsSpan()[1] = float.PositiveInfinity;
        x.AsSpan()[2] = float.NegativeInfinity;
        x.AsSpan()[3] = 0f;
        x.AsSpan()[4] = -1e-40f;
        float[] expected = x.Map(op).ToArray();
        for (int i = 0; i < x.Count; i++)
        {
            // one element alone: the scalar lane
            Tensor one = Tensor.From(OneThread, [x.AsSpan()[i]], 1);
            AssertBits(expected[i], one.Map(op).ToScalar(), i);
        }
        AssertBits(expected, x.T.Map(op).T.ToArray());
        Tensor strided = Tensor.Zeros(OneThread, 7, 2 * columns).Slice(1, 0, columns, step: 2);
        x.CopyTo(strided);
        OneThread.Map(op, strided.View, strided.View);
        AssertBits(expected, strided.ToArray());
        Tensor inPlace = x.Clone();
        OneThread.Map(op, inPlace.View, inPlace.View);
        AssertBits(expected, inPlace.ToArray());
        if (Tiny)
            return;
        Tensor large = Inputs(2, 100_003);
        Tensor a = Tensor.Zeros(OneThread, large.Count), b = Tensor.Zeros(OneThread, large.Count);
        OneThread.Map(op, large.View, a.View);
        ThreeThreads.Map(op, large.View, b.View);
        AssertBits(a.ToArray(), b.ToArray());
    }

    private static void CheckBinary<TOp>() where TOp : struct, IDifferentiableBinaryOp
    {
        TOp op = Example<TOp>();
        int columns = Tiny ? 17 : 67;
        Tensor a = Inputs(1, 5, columns), row = Inputs(2, columns), column = Inputs(3, 5, 1);
        foreach (Tensor other in new[] { row, column, Inputs(4, 5, columns), Inputs(5, 1) })
        {
            Tensor whole = other.BroadcastTo(5, columns).Clone();
            float[] expected = a.Zip(whole, op).ToArray();
            AssertBits(expected, a.Zip(other, op).ToArray());
            AssertBits(expected, a.T.Zip(whole.T, op).T.ToArray());
            Tensor inPlace = a.Clone();
            OneThread.Zip(op, inPlace.View, whole.View, inPlace.View);
            AssertBits(expected, inPlace.ToArray());
            OneThread.Zip(op, a.View, whole.View, whole.View);
            AssertBits(expected, whole.ToArray());
        }
        if (Tiny)
            return;
        Tensor left = Inputs(6, 100_003), right = Inputs(7, 100_003), y1 = Tensor.Zeros(OneThread, 100_003), y3 = Tensor.Zeros(OneThread, 100_003);
        OneThread.Zip(op, left.View, right.View, y1.View);
        ThreeThreads.Zip(op, left.View, right.View, y3.View);
        AssertBits(y1.ToArray(), y3.ToArray());
    }

    private static void CheckUnaryGradient<TOp>() where TOp : struct, IDifferentiableUnaryOp
    {
        TOp op = Example<TOp>();
        // away from kinks at 0 and ±1 and from poles: differences must stay on one side
        Tensor x = Tensor.From(OneThread, [0.3f, 0.5f, 0.7f, 1.3f, 1.6f, 2.2f], 6);
        GradientCheckReport report = GradientCheck.Run(OneThread, (_, inputs) => Elementwise.Apply(op, inputs[0]), [x]);
        Assert.True(report.Passed, $"{typeof(TOp).Name}: {report}");
        if (typeof(TOp) == typeof(LogOp) || typeof(TOp) == typeof(SqrtOp))
            return; // not defined below zero
        Tensor negative = x * -1f;
        report = GradientCheck.Run(OneThread, (_, inputs) => Elementwise.Apply(op, inputs[0]), [negative]);
        Assert.True(report.Passed, $"{typeof(TOp).Name} below zero: {report}");
    }

    private static void CheckBinaryGradient<TOp>() where TOp : struct, IDifferentiableBinaryOp
    {
        TOp op = Example<TOp>();
        Tensor a = Tensor.From(OneThread, [0.3f, -0.9f, 2f, -1.4f], 2, 2), b = Tensor.From(OneThread, [1.1f, 0.8f, -0.7f, 1.9f], 2, 2), row = Tensor.From(OneThread, [1.2f, -2.1f], 2);
        GradientCheckReport report = GradientCheck.Run(OneThread, (_, inputs) => Binary.Apply(op, inputs[0], inputs[1]), [a, b]);
        Assert.True(report.Passed, $"{typeof(TOp).Name}: {report}");
        report = GradientCheck.Run(OneThread, (_, inputs) => Binary.Apply(op, inputs[0], inputs[1]), [row, a]);
        Assert.True(report.Passed, $"{typeof(TOp).Name} with a repeated row: {report}");
    }

    private static void CheckUnaryBackward<TOp>() where TOp : struct, IDifferentiableUnaryOp
    {
        TOp op = Example<TOp>();
        Tensor x = Inputs(1, 6, 37).Map(default(AbsOp)) + Tensor.Full(OneThread, 0.1f, 1), y = x.Map(op), dy = Inputs(2, 6, 37);
        Tensor dx = Tensor.Full(OneThread, float.NaN, 6, 37), sum = Tensor.Ones(OneThread, 6, 37), strided = Tensor.Zeros(OneThread, 37, 6).T;
        OneThread.MapBackward(op, dy.View, x.View, y.View, dx.View, accumulate: false);
        OneThread.MapBackward(op, dy.View, x.View, y.View, sum.View, accumulate: true);
        OneThread.MapBackward(op, dy.View, x.View, y.View, strided.View, accumulate: false);
        Assert.All(dx.ToArray(), value => Assert.True(float.IsFinite(value)));
        AssertBits(dx.ToArray(), strided.ToArray());
        float[] one = dx.ToArray(), added = sum.ToArray();
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(1f + one[i], added[i], 1e-5f * (1 + Math.Abs(one[i])));
    }

    private static TOp Example<TOp>() where TOp : struct
    {
        // parameters that make an op do something: LeakyRelu(0.1), Clamp(−0.75, 0.75), …
        object? made = typeof(TOp).Name switch
        {
            nameof(ClampOp) => new ClampOp(-1.1f, 1.1f),
            nameof(AffineOp) => new AffineOp(1.5f, -0.5f),
            nameof(LeakyReluOp) => new LeakyReluOp(0.1f),
            nameof(ScaleOp) => new ScaleOp(-2.5f),
            nameof(AddScalarOp) => new AddScalarOp(0.75f),
            nameof(AddScaledOp) => new AddScaledOp(-1.5f),
            nameof(DropoutOp) => new DropoutOp(0.55f),
            _ => default(TOp),
        };
        return (TOp)made!;
    }

    private static Tensor Inputs(ulong stream, params int[] shape)
    {
        Tensor tensor = Tensor.Uninitialized(OneThread, shape);
        OneThread.FillNormal(RandomStream.For(99, "conformance", stream), tensor.View, 0, 2);
        return tensor;
    }

    private static void AssertBits(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            AssertBits(expected[i], actual[i], i);
    }

    private static void AssertBits(float expected, float actual, int index)
    {
        // the payload of a NaN is not promised
        if (float.IsNaN(expected) && float.IsNaN(actual))
            return;
        Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual), $"element {index}: {expected:R} against {actual:R}");
    }

    private static void Call(string method, Type op)
    {
        try
        {
            typeof(OpConformanceTests).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(op).Invoke(null, null);
        }
        catch (TargetInvocationException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
        }
    }

    private static IEnumerable<Type> Ops(Type contract) =>
        contract.Assembly.GetExportedTypes().Where(type => type.IsValueType && contract.IsAssignableFrom(type)).OrderBy(type => type.Name);
}
