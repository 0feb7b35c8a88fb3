using System.Numerics.Tensors;
using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Maps and zips over a million floats. One operation an element is counted, whatever the function costs.</summary>
public sealed class ElementwiseFamily : IWorkloadFamily
{
    private const int Length = 1 << 20;

    /// <inheritdoc/>
    public string Name => "elementwise";

    /// <inheritdoc/>
    public string Description => "maps and zips over 1 M floats beside TensorPrimitives and PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
    [
        Map("abs", new AbsOp(), TensorPrimitives.Abs),
        Map("square", new SquareOp(), (x, y) => TensorPrimitives.Multiply(x, x, y)),
        Map("sqrt", new SqrtOp(), TensorPrimitives.Sqrt, positive: true),
        Map("exp", new ExpOp(), TensorPrimitives.Exp, quick: true),
        Map("log", new LogOp(), TensorPrimitives.Log, positive: true),
        Map("tanh", new TanhOp(), TensorPrimitives.Tanh),
        Map("sigmoid", new SigmoidOp(), TensorPrimitives.Sigmoid),
        Map("relu", new ReluOp(), (x, y) => TensorPrimitives.Max(x, 0f, y)),
        Map("gelu", new GeluOp(), null, "gelu 1 1 1", quick: true),
        Zip("add", new AddOp(), TensorPrimitives.Add, "add 1 1 1", quick: true),
        Zip("multiply", new MultiplyOp(), TensorPrimitives.Multiply),
        Zip("divide", new DivideOp(), TensorPrimitives.Divide),
        Zip("maximum", new MaximumOp(), TensorPrimitives.Max),
        Zip("axpy", new AddScaledOp(0.5f), (a, b, y) => TensorPrimitives.MultiplyAdd(b, 0.5f, a, y)),
    ];

    private static WorkloadCase Map<TOp>(string name, TOp op, UnaryCall? tensors, string? request = null, bool positive = false, bool quick = false)
        where TOp : struct, IUnaryOp => new($"elementwise/map-{name}-1M", workspace =>
    {
        View x = workspace.Uniform(1, Length), y = workspace.Empty(Length);
        Device device = workspace.Device;
        if (positive)
            device.Map(new AffineOp(0.5f, 0.75f), x, x);
        float[] from = workspace.Host(x);
        return new Workload
        {
            Run = () => device.Map(op, x, y),
            Check = () => Deviation.Of(workspace.Host(y), i => ReferenceOps.Forward(op, from[i]), 1e-6),
            Flops = Length,
            BytesRead = 4.0 * Length,
            BytesWritten = 4.0 * Length,
            Outputs = [y],
            Rungs = OnHost(x) ? [new("naive", "", () => Naive(x.HostSpan, y.HostSpan, op))] : [],
            Peers = tensors is null || !OnHost(x) ? [] : [.. workspace.Peers.Tensors(() => tensors(x.HostSpan, y.HostSpan))],
            Python = request is null ? [] : [new PythonRequest("torch_units.py", request)],
        };
    }, quick);

    private static WorkloadCase Zip<TOp>(string name, TOp op, BinaryCall tensors, string? request = null, bool quick = false)
        where TOp : struct, IBinaryOp => new($"elementwise/zip-{name}-1M", workspace =>
    {
        View a = workspace.Uniform(1, Length), b = workspace.Uniform(2, Length), y = workspace.Empty(Length);
        Device device = workspace.Device;
        float[] left = workspace.Host(a), right = workspace.Host(b);
        return new Workload
        {
            Run = () => device.Zip(op, a, b, y),
            Check = () => Deviation.Of(workspace.Host(y), i => ReferenceOps.Forward(op, left[i], right[i]), 1e-6),
            Flops = op is AddScaledOp ? 2.0 * Length : Length,
            BytesRead = 8.0 * Length,
            BytesWritten = 4.0 * Length,
            Outputs = [y],
            Rungs = OnHost(a) ? [new("naive", "", () => Naive(a.HostSpan, b.HostSpan, y.HostSpan, op))] : [],
            Peers = OnHost(a) ? [.. workspace.Peers.Tensors(() => tensors(a.HostSpan, b.HostSpan, y.HostSpan))] : [],
            Python = request is null ? [] : [new PythonRequest("torch_units.py", request)],
        };
    }, quick);

    // the op's own expression, one number at a time
    private static void Naive<TOp>(ReadOnlySpan<float> x, Span<float> y, TOp op) where TOp : struct, IUnaryOp
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = op.Forward(new Lane1(x[i])).Value;
    }

    private static void Naive<TOp>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y, TOp op) where TOp : struct, IBinaryOp
    {
        for (int i = 0; i < a.Length; i++)
            y[i] = op.Forward(new Lane1(a[i]), new Lane1(b[i])).Value;
    }

    private static unsafe bool OnHost(in View view) => Workspace.Address(view) != null;

    private delegate void UnaryCall(ReadOnlySpan<float> x, Span<float> y);

    private delegate void BinaryCall(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y);
}
