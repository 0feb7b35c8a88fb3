using Engram.Kernels.LinearAlgebra;

namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    // elements that a group of an inner product takes at least, groups that one takes at most, and groups beyond which many products need no parts
    private const int Stretch = 16 * Gpu.Threads, MostParts = 256, ManyGroups = 1 << 16;
    private const int ScratchParts = 0, ScratchSums = 1, ScratchCoefficients = 2;

    public override double Dot(in View a, in View b)
    {
        Span<double> sum = stackalloc double[1];
        InnerProducts(Vector("dot", "a", a, a.Count), 0, 1, Vector("dot", "b", b, a.Count), 0, 1, a.Count, IsAligned(a) && IsAligned(b), lower: false, sum);
        return sum[0];
    }

    public override void Gram(in View rows, Span<double> gram, GramPrecision precision = GramPrecision.Double)
    {
        int n = CheckGram(rows, gram.Length, whole: true), step = rows.Layout.Stride(0);
        InnerProducts(At(rows), step, n, At(rows), step, n, rows.Layout.Size(1), IsAligned(rows) && IsAligned(step), lower: true, gram);
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
                gram[(i * n) + j] = gram[(j * n) + i];
        }
    }

    public override void GramRow(in View rows, int row, Span<double> products)
    {
        int n = CheckGram(rows, products.Length, whole: false), step = rows.Layout.Stride(0);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, n);
        InnerProducts(At(rows.With(rows.Layout.Slice(0, row, 1))), step, 1, At(rows), step, n, rows.Layout.Size(1), IsAligned(rows) && IsAligned(step), lower: false, products);
    }

    public override void AddRows(ReadOnlySpan<double> coefficients, in View rows, in View target)
    {
        CheckCombination(coefficients.Length, rows, target);
        if (coefficients.IsEmpty)
            return;
        GpuBuffer<double> factors = DoubleScratch(ScratchCoefficients, coefficients.Length);
        Send(coefficients, factors, 0);
        Each(new AddRowsKernel
        {
            Rows = At(rows), Target = At(target), Coefficients = factors.View(0, coefficients.Length), RowStep = rows.Layout.Stride(0), RowCount = coefficients.Length,
            Count = target.Count,
        }, target.Count);
    }

    public override ProjectionStatus Project(in View gradient, in View reference)
    {
        int count = gradient.Count, parts = PartsOf(count);
        Floats g = Vector("project", "the gradient", gradient, count), r = Vector("project", "the reference", reference, count);
        Doubles sums = DoubleScratch(ScratchParts, 3 * MostParts).View(0, 3 * parts);
        GpuBuffer<double> status = DoubleScratch(ScratchSums, 3);
        int wide = IsAligned(gradient) && IsAligned(reference) ? 1 : 0;
        LaunchGroups(new ProjectionPartsKernel { Gradient = g, Reference = r, Parts = sums, Count = count, Wide = wide }, parts);
        LaunchGroups(new ProjectionKernel { Gradient = g, Reference = r, Parts = sums, Status = status.View(0, 3), Count = count, PartCount = parts, Wide = wide },
            Math.Max(1, (count + (4 * Gpu.Threads) - 1) / (4 * Gpu.Threads)));
        Span<double> found = stackalloc double[3];
        Receive(status, 0, found);
        ProjectionOutcome outcome = GradientProjection.Decide(found[0], found[1], found[2]);
        return new ProjectionStatus(outcome, found[0], found[1], found[2], outcome == ProjectionOutcome.Projected ? found[0] / found[1] : 0);
    }

    /// <summary>⟨aᵢ, bⱼ⟩ for all pairs of rows, row-major; of a symmetric matrix the lower triangle. Wide: all rows begin at multiples of four.</summary>
    private void InnerProducts(Floats a, int aRow, int aRows, Floats b, int bRow, int bRows, int columns, bool wide, bool lower, Span<double> products)
    {
        if (products.IsEmpty)
            return;
        GpuBuffer<double> results = DoubleScratch(ScratchSums, aRows * bRows);
        InnerProducts(a, aRow, aRows, b, bRow, bRows, columns, wide, lower, results.View(0, aRows * bRows));
        Receive(results, 0, products);
    }

    /// <summary>The same, left on the device.</summary>
    private void InnerProducts(Floats a, int aRow, int aRows, Floats b, int bRow, int bRows, int columns, bool wide, bool lower, Doubles products)
    {
        int pairs = checked(aRows * bRows), parts = Math.Min(PartsOf(columns), Math.Max(1, ManyGroups / pairs));
        Doubles sums = DoubleScratch(ScratchParts, pairs * parts).View(0, pairs * parts);
        LaunchGroups(new InnerProductKernel
        {
            A = a, B = b, Parts = sums, ARow = aRow, BRow = bRow, Columns = columns, BRows = bRows, PartCount = parts, Lower = lower ? 1 : 0, Wide = wide ? 1 : 0,
        }, pairs, parts); // a grid has room for 2³¹ columns, but for 65,535 rows only
        Each(new AddPartsKernel { Parts = sums, Sums = products, PartCount = parts, Count = pairs }, pairs);
    }

    private static int PartsOf(int count) => Math.Clamp((count + Stretch - 1) / Stretch, 1, MostParts);
}
