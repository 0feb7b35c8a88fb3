using System.Numerics.Tensors;
using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Sums, extremes and inner products over a million floats, and the folds of bias gradients.</summary>
public sealed class FoldFamily : IWorkloadFamily
{
    private const int Length = 1 << 20;

    /// <inheritdoc/>
    public string Name => "folds";

    /// <inheritdoc/>
    public string Description => "sums, extremes, inner products over 1 M floats beside TensorPrimitives";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
    [
        Fold("sum", FoldKind.Sum, ReferenceFolds.Sum, TensorPrimitives.Sum, quick: true),
        Fold("max", FoldKind.Max, ReferenceFolds.Max, TensorPrimitives.Max, quick: true),
        Fold("min", FoldKind.Min, ReferenceFolds.Min, TensorPrimitives.Min),
        Fold("sumofsquares", FoldKind.SumOfSquares, x => ReferenceFolds.Dot(x, x), TensorPrimitives.SumOfSquares),
        Product("dot", sameOperand: false, quick: true),
        Product("norm", sameOperand: true),
        Matrix("rows", 1024, 1024, axis: 1),
        Matrix("columns", 1024, 1024, axis: 0),
        Matrix("columns", 128, 256, axis: 0),
    ];

    private static WorkloadCase Fold(string name, FoldKind kind, Func<ReadOnlySpan<float>, double> twin, Func<ReadOnlySpan<float>, float> tensors, bool quick = false) =>
        new($"folds/all-{name}-1M", workspace =>
        {
            View x = workspace.Uniform(1, Length), y = workspace.Empty(1);
            Device device = workspace.Device;
            double expected = twin(workspace.Host(x));
            return new Workload
            {
                Run = () => device.Fold(kind, x, y),
                Check = () => new Deviation(Math.Abs(workspace.Host(y)[0] - expected), kind == FoldKind.SumOfSquares ? SquareTolerance(expected) : SumTolerance(Length)),
                Flops = kind == FoldKind.SumOfSquares ? 2.0 * Length : Length,
                BytesRead = 4.0 * Length,
                BytesWritten = 4,
                Outputs = [y],
                Rungs = OnHost(x) ? [new("reference", "", () => y.HostSpan[0] = (float)twin(x.HostSpan))] : [],
                Peers = OnHost(x) ? [.. workspace.Peers.Tensors(() => y.HostSpan[0] = tensors(x.HostSpan))] : [],
            };
        }, quick);

    private static WorkloadCase Product(string name, bool sameOperand, bool quick = false) => new($"folds/all-{name}-1M", workspace =>
    {
        View a = workspace.Uniform(1, Length), b = sameOperand ? a : workspace.Uniform(2, Length);
        Device device = workspace.Device;
        double expected = ReferenceFolds.Dot(workspace.Host(a), workspace.Host(b)), found = double.NaN;
        return new Workload
        {
            Run = () => found = device.Dot(a, b),
            Check = () => new Deviation(Math.Abs(found - expected), sameOperand ? SquareTolerance(expected) : SumTolerance(Length)),
            Flops = 2.0 * Length,
            BytesRead = sameOperand ? 4.0 * Length : 8.0 * Length,
            BytesWritten = 0,
            Reset = () => found = double.NaN,
            Rungs = OnHost(a) ? [new("reference", "", () => found = ReferenceFolds.Dot(a.HostSpan, b.HostSpan))] : [],
            Peers = !OnHost(a) ? []
                : sameOperand ? [.. workspace.Peers.Tensors(() => found = Square(TensorPrimitives.Norm<float>(a.HostSpan)))]
                : [.. workspace.Peers.Tensors(() => found = TensorPrimitives.Dot<float>(a.HostSpan, b.HostSpan))],
        };
    }, quick);

    private static WorkloadCase Matrix(string name, int rows, int columns, int axis) => new($"folds/{name}-sum-{rows}x{columns}", workspace =>
    {
        View x = workspace.Uniform(1, rows, columns), y = axis == 0 ? workspace.Empty(1, columns) : workspace.Empty(rows, 1);
        Device device = workspace.Device;
        float[] from = workspace.Host(x);
        double Expected(int i)
        {
            double sum = 0;
            for (int j = 0; j < (axis == 0 ? rows : columns); j++)
                sum += axis == 0 ? from[j * columns + i] : from[i * columns + j];
            return sum;
        }

        return new Workload
        {
            Run = () => device.Fold(FoldKind.Sum, x, y),
            Check = () => Deviation.Of(workspace.Host(y), Expected, SumTolerance(axis == 0 ? rows : columns)),
            Flops = (double)rows * columns,
            BytesRead = 4.0 * rows * columns,
            BytesWritten = 4.0 * y.Count,
            Outputs = [y],
        };
    });

    // n rounded additions of numbers below one: above what float sums in a few lanes lose, far below one wrong element
    private static double SumTolerance(int length) => 5e-6 * Math.Sqrt(8.0 * length);

    // nothing cancels among squares: relative to the sum, whose own rounding to float is already more than the bound above; a lost vector of sixteen floats is seen
    private static double SquareTolerance(double expected) => 1e-5 * expected;

    private static double Square(double x) => x * x;

    private static unsafe bool OnHost(in View view) => Workspace.Address(view) != null;
}
