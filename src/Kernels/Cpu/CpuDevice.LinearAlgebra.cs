using Engram.Kernels.LinearAlgebra;

namespace Engram.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    public override ProjectionStatus Project(in View gradient, in View reference) => GradientProjection.Project(
        Vector("project", "the gradient", gradient, gradient.Count), Vector("project", "the reference", reference, gradient.Count), gradient.Count, _splitter);

    public override void Gram(in View rows, Span<double> gram, GramPrecision precision = GramPrecision.Double)
    {
        int n = CheckGram(rows, gram.Length, whole: true);
        fixed (double* k = gram)
            GramRows.Whole(At(rows), rows.Layout.Stride(0), n, rows.Layout.Size(1), k, _splitter, precision);
    }

    public override void GramRow(in View rows, int row, Span<double> products)
    {
        int n = CheckGram(rows, products.Length, whole: false);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, n);
        fixed (double* k = products)
            GramRows.Row(At(rows), rows.Layout.Stride(0), n, rows.Layout.Size(1), row, k, _splitter);
    }

    public override void AddRows(ReadOnlySpan<double> coefficients, in View rows, in View target)
    {
        CheckCombination(coefficients.Length, rows, target);
        RowCombination.Add(coefficients, At(rows), rows.Layout.Stride(0), target.Count, At(target), _splitter);
    }

    public override SvdStatus TruncatedSvd(in View a, RandomizedSvdOptions options, in View u, in View s, View? vt)
    {
        if (a.Layout.Rank != 2)
            throw new ArgumentException($"truncated svd: expected a matrix [rows, columns], got {a.Layout}");
        int rows = a.Layout.Size(0), columns = a.Layout.Size(1), length = RandomizedSvd.ScratchLength(rows, columns, options);
        using var scratch = new CpuBuffer<float>(this, length);
        return RandomizedSvd.Decompose(new MatrixView(At(a), rows, columns, a.Layout.Stride(0), a.Layout.Stride(1)), options,
            Vector("truncated svd", "u", u, rows * options.Rank), Vector("truncated svd", "s", s, options.Rank),
            vt is { } right ? Vector("truncated svd", "vt", right, options.Rank * columns) : null, scratch.HostSpan, _splitter);
    }
}
