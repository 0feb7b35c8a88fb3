using Engram.Kernels;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Units around the matrix products: pooling, the softmax of attention, backward passes of activations, transposing copies. One operation an element is counted.</summary>
public sealed class UnitFamily : IWorkloadFamily
{
    private const int Length = 1 << 20;

    /// <inheritdoc/>
    public string Name => "units";

    /// <inheritdoc/>
    public string Description => "pooling, softmax, backward passes of activations, transposing copies, beside PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases()
    {
        foreach (bool backward in new[] { false, true })
        {
            yield return Pool("maxpool", PoolKind.Max, PoolGeometry.Square(2, 2), 32, 64, 32, backward, backward ? "mpb 2 2 0" : "mp 2 2 0");
            yield return Pool("maxpool", PoolKind.Max, PoolGeometry.Square(3, 2, 1), 32, 64, 32, backward, backward ? "mpb 3 2 1" : "mp 3 2 1");
            yield return Pool("avgpool", PoolKind.Average, PoolGeometry.Square(2, 2), 32, 64, 32, backward, backward ? "apb 32 64 32" : "ap 32 64 32");
            yield return Pool("avgpool", PoolKind.Average, null, 32, 512, 4, backward, backward ? "gapb 32 512 4" : "gap 32 512 4", quick: true);
            yield return Softmax(backward);
        }

        yield return Derivative("gelu", new GeluOp(), "gelub 1 1 1", quick: true);
        yield return Derivative("relu", new ReluOp(), "relub 1 1 1");
        yield return Derivative("tanh", new TanhOp(), "tanhb 1 1 1");
        yield return Transpose(1, 2048, 128, quick: true);
        yield return Transpose(32, 64, 128);
        yield return Transpose(32, 128, 64);
        yield return Transpose(1, 1024, 1024);
    }

    private static WorkloadCase Pool(string group, PoolKind kind, PoolGeometry? windows, int batch, int channels, int size, bool backward, string request, bool quick = false)
    {
        int outputs = windows?.OutputHeight(size) ?? 1;
        string shape = windows is { } w ? FormattableString.Invariant($"k{w.KernelHeight}s{w.StrideHeight}") : "global";
        return new(FormattableString.Invariant($"units/{group}-{(backward ? "backward" : "forward")}-{shape}-{batch}x{channels}x{size}x{size}"), workspace =>
        {
            Device d = workspace.Device;
            View x = workspace.Uniform(1, batch, channels, size, size), y = workspace.Uniform(2, batch, channels, outputs, outputs), dx = workspace.Empty(batch, channels, size, size);
            return new Workload
            {
                Run = backward ? () => d.PoolBackward(kind, windows, y, x, dx, false) : () => d.Pool(kind, windows, x, y),
                Check = () => ComparePlanes(kind, windows, size, outputs, workspace.Host(x), workspace.Host(y), backward ? workspace.Host(dx) : null),
                Flops = x.Count,
                BytesRead = 4.0 * (backward ? y.Count + (kind == PoolKind.Max ? x.Count : 0) : x.Count),
                BytesWritten = 4.0 * (backward ? x.Count : y.Count),
                Outputs = [backward ? dx : y],
                Python = [new PythonRequest("torch_units.py", request)],
            };
        }, quick);
    }

    // some planes, the first and the last among them
    private static Deviation ComparePlanes(PoolKind kind, PoolGeometry? windows, int size, int outputs, float[] x, float[] y, float[]? dx)
    {
        const int Checked = 6;
        int planes = x.Length / (size * size);
        double worst = 0;
        for (int step = 0; step < Checked; step++)
        {
            int plane = step * (planes - 1) / (Checked - 1);
            float[] image = x[(plane * size * size)..((plane + 1) * size * size)];
            double[] gradient = new double[image.Length];
            for (int i = 0; i < outputs * outputs; i++)
            {
                int?[] places = [.. ReferencePooling.Places(windows, size, size, outputs, outputs, i / outputs, i % outputs)];
                float value = y[plane * outputs * outputs + i];
                if (dx is null)
                    worst = Larger(worst, Math.Abs(value - ReferencePooling.Forward(kind, image, places)));
                else
                    ReferencePooling.Backward(kind, value, image, places, gradient);
            }

            for (int i = 0; i < gradient.Length && dx is not null; i++)
                worst = Larger(worst, Math.Abs(dx[plane * gradient.Length + i] - gradient[i]));
        }

        return new Deviation(worst, 1e-6);
    }

    private static WorkloadCase Softmax(bool backward) => new($"units/softmax-{(backward ? "backward" : "forward")}-4096x65", workspace =>
    {
        const int Rows = 4096, Columns = 65;
        Device d = workspace.Device;
        View x = workspace.Uniform(1, Rows, Columns), y = workspace.Empty(Rows, Columns), dy = workspace.Uniform(2, Rows, Columns), dx = workspace.Empty(Rows, Columns);
        float[] from = workspace.Host(x), slope = workspace.Host(dy);
        if (backward)
            d.Softmax(x, y, false);
        double[][] twins = [.. from.Chunk(Columns).Select(row => ReferenceSoftmax.Softmax(row))];
        return new Workload
        {
            Run = backward ? () => d.SoftmaxBackward(dy, y, dx, false, false) : () => d.Softmax(x, y, false),
            Check = () => Deviation.Of(workspace.Host(backward ? dx : y), i =>
            {
                double[] p = twins[i / Columns];
                return !backward ? p[i % Columns] : p[i % Columns] * (slope[i] - Enumerable.Range(0, Columns).Sum(c => p[c] * slope[i / Columns * Columns + c]));
            }, 1e-6),
            Flops = x.Count,
            BytesRead = (backward ? 8.0 : 4.0) * x.Count,
            BytesWritten = 4.0 * x.Count,
            Outputs = [backward ? dx : y],
            Python = [new PythonRequest("torch_units.py", $"{(backward ? "smb" : "sm")} {Rows} {Columns} 1")],
        };
    });

    private static WorkloadCase Derivative<TOp>(string name, TOp op, string request, bool quick = false) where TOp : struct, IDifferentiableUnaryOp =>
        new($"units/{name}-backward-1M", workspace =>
        {
            Device d = workspace.Device;
            View x = workspace.Uniform(1, Length), y = workspace.Empty(Length), dy = workspace.Uniform(2, Length), dx = workspace.Empty(Length);
            d.Map(op, x, y);
            float[] at = workspace.Host(x), slope = workspace.Host(dy);
            return new Workload
            {
                Run = () => d.MapBackward(op, dy, x, y, dx, false),
                Check = () => Deviation.Of(workspace.Host(dx), i => slope[i] * ReferenceOps.Derivative(op, at[i]), 1e-6),
                Flops = Length,
                BytesRead = 8.0 * Length,
                BytesWritten = 4.0 * Length,
                Outputs = [dx],
                Python = [new PythonRequest("torch_units.py", request)],
            };
        }, quick);

    private static WorkloadCase Transpose(int batch, int rows, int columns, bool quick = false) => new(FormattableString.Invariant($"units/transpose-{batch}x{rows}x{columns}"), workspace =>
    {
        Device d = workspace.Device;
        View x = workspace.Uniform(1, batch, rows, columns), y = workspace.Empty(batch, columns, rows), across = x.With(x.Layout.Transpose(1, 2));
        float[] from = workspace.Host(x);
        return new Workload
        {
            Run = () => d.Copy(across, y),
            Check = () => Deviation.Of(workspace.Host(y), i => from[(i / (rows * columns) * rows + i % rows) * columns + i / rows % columns], 0),
            Flops = 0,
            BytesRead = 4.0 * x.Count,
            BytesWritten = 4.0 * x.Count,
            Outputs = [y],
            Python = [new PythonRequest("torch_units.py", FormattableString.Invariant($"tr {batch} {rows} {columns}"))],
        };
    }, quick);

    private static double Larger(double a, double b) => b > a || double.IsNaN(b) ? b : a;
}
