using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>
/// What GEM does with the gradients of its tasks: inner products of all pairs of rows, of one row with all, and the gradient plus a combination of the rows. Ours sum in
/// double precision or partly so (mixed), the peers in single.
/// </summary>
public sealed class GramFamily : IWorkloadFamily
{
    /// <inheritdoc/>
    public string Name => "gram";

    /// <inheritdoc/>
    public string Description => "GEM's Gram matrix and combination of task gradients, beside PyTorch's products in single precision";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases()
    {
        foreach ((int rows, string name, int columns) in new[] { (20, "0.09M", 89_610), (20, "0.3M", 269_322), (20, "1.1M", 1_094_750), (4, "11M", 11_173_962) })
        {
            bool quick = columns == 89_610;
            yield return Whole(rows, name, columns, quick, GramPrecision.Double);
            yield return Whole(rows, name, columns, quick, GramPrecision.Mixed);
            yield return Row(rows, name, columns, quick);
            yield return Combination(rows, name, columns, quick);
        }
    }

    private static WorkloadCase Whole(int rows, string name, int columns, bool quick, GramPrecision precision) => new(
        FormattableString.Invariant($"gram/{(precision == GramPrecision.Mixed ? "mixed" : "whole")}-{rows}x{name}"), workspace =>
    {
        View x = workspace.Uniform(1, rows, columns);
        Device device = workspace.Device;
        double[] gram = new double[rows * rows];
        return new Workload
        {
            Run = () => device.Gram(x, gram, precision),
            Check = () => Compare(gram, ReferenceGramRows.Gram(Rows(workspace, x))),
            Reset = () => gram.AsSpan().Fill(double.NaN),
            Flops = (double)rows * (rows + 1) * columns,
            BytesRead = 4.0 * rows * columns,
            BytesWritten = 8.0 * rows * rows,
            Python = [Request($"gram {rows} {columns}")],
        };
    }, quick);

    private static WorkloadCase Row(int rows, string name, int columns, bool quick) => new(FormattableString.Invariant($"gram/row-{rows}x{name}"), workspace =>
    {
        View x = workspace.Uniform(1, rows, columns);
        Device device = workspace.Device;
        double[] products = new double[rows];
        return new Workload
        {
            Run = () => device.GramRow(x, rows - 1, products),
            Check = () =>
            {
                float[][] all = Rows(workspace, x);
                return Compare(products, [.. all.Select(row => Engram.Kernels.Cpu.Reference.ReferenceFolds.Dot(all[^1], row))]);
            },
            Reset = () => products.AsSpan().Fill(double.NaN),
            Flops = 2.0 * rows * columns,
            BytesRead = 4.0 * rows * columns,
            BytesWritten = 8.0 * rows,
            Python = [Request($"row {rows} {columns}")],
        };
    }, quick);

    private static WorkloadCase Combination(int rows, string name, int columns, bool quick) => new(FormattableString.Invariant($"gram/combine-{rows}x{name}"), workspace =>
    {
        View x = workspace.Uniform(1, rows, columns), start = workspace.Uniform(2, columns), target = workspace.Empty(columns);
        Device device = workspace.Device;
        double[] coefficients = [.. Enumerable.Range(0, rows).Select(i => 1e-3 * (i + 1))];
        return new Workload
        {
            Run = () => device.AddRows(coefficients, x, target),
            Check = () =>
            {
                double[] expected = ReferenceGramRows.Combine(workspace.Host(start), Rows(workspace, x), coefficients);
                return Deviation.Of(workspace.Host(target), i => expected[i], 1e-6);
            },
            Reset = () => device.Copy(start, target),
            Flops = 2.0 * rows * columns,
            BytesRead = 4.0 * (rows + 1) * columns,
            BytesWritten = 4.0 * columns,
            Python = [Request($"combine {rows} {columns}")],
        };
    }, quick);

    // nearly orthogonal rows: the products of different ones are small against the root of their lengths' product
    private static Deviation Compare(double[] found, double[] expected)
    {
        double worst = 0, scale = expected.Max(Math.Abs);
        for (int i = 0; i < found.Length; i++)
        {
            double error = Math.Abs(found[i] - expected[i]) / scale;
            worst = error > worst || double.IsNaN(error) ? error : worst;
        }

        return new Deviation(worst, 1e-7);
    }

    private static float[][] Rows(Workspace workspace, in View x) => [.. workspace.Host(x).Chunk(x.Layout.Size(1))];

    private static PythonRequest Request(FormattableString request) => new("torch_vectors.py", FormattableString.Invariant(request));
}
