namespace Engram.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    public override void GatherRows(in View x, in IndexView rows, in View y)
    {
        CheckRows("gather rows", x, y, rows);
        float* source = At(x), target = At(y);
        int* index = At(rows);
        int sourceRows = x.Layout.Size(0), columns = x.Layout.Size(1);
        if (columns == 1)
        {
            // a permuted vector: no call per element
            nint sourceStride = x.Layout.Stride(0), targetStride = y.Layout.Stride(0);
            for (int i = 0; i < rows.Count; i++)
            {
                if ((uint)index[i] >= (uint)sourceRows)
                    throw OutsideRow("gather rows", i, index[i], x);
                target[i * targetStride] = source[index[i] * sourceStride];
            }
            return;
        }
        for (int i = 0; i < rows.Count; i++)
        {
            if ((uint)index[i] >= (uint)sourceRows)
                throw OutsideRow("gather rows", i, index[i], x);
            new ReadOnlySpan<float>(source + (nint)index[i] * x.Layout.Stride(0), columns).CopyTo(new Span<float>(target + (nint)i * y.Layout.Stride(0), columns));
        }
    }

    public override void ScatterRows(in View x, in IndexView rows, in View y, bool accumulate)
    {
        CheckRows("scatter rows", y, x, rows);
        float* source = At(x), target = At(y);
        int* index = At(rows);
        int targetRows = y.Layout.Size(0), columns = y.Layout.Size(1);
        if (columns == 1 && !accumulate)
        {
            nint sourceStride = x.Layout.Stride(0), targetStride = y.Layout.Stride(0);
            for (int i = 0; i < rows.Count; i++)
            {
                if ((uint)index[i] >= (uint)targetRows)
                    throw OutsideRow("scatter rows", i, index[i], y);
                target[index[i] * targetStride] = source[i * sourceStride];
            }
            return;
        }
        for (int i = 0; i < rows.Count; i++)
        {
            if ((uint)index[i] >= (uint)targetRows)
                throw OutsideRow("scatter rows", i, index[i], y);
            float* from = source + (nint)i * x.Layout.Stride(0), to = target + (nint)index[i] * y.Layout.Stride(0);
            if (accumulate)
                ElementwiseZip.Run(default(AddOp), to, from, to, columns);
            else
                new ReadOnlySpan<float>(from, columns).CopyTo(new Span<float>(to, columns));
        }
    }

    /// <summary>Both matrices have the same columns, contiguous in each row, and the short one has a row per index.</summary>
    private static void CheckRows(string op, in View whole, in View picked, in IndexView rows)
    {
        if (whole.Layout.Rank != 2 || picked.Layout.Rank != 2 || whole.Layout.Size(1) != picked.Layout.Size(1) || picked.Layout.Size(0) != rows.Count)
            throw new ArgumentException($"{op}: expected two matrices of the same width and one row per index, got {whole.Layout}, {picked.Layout} and {rows.Count} indices");
        if (whole.Layout.Size(1) > 1 && (whole.Layout.Stride(1) != 1 || picked.Layout.Stride(1) != 1))
            throw new ArgumentException($"{op}: rows must be contiguous, got {whole.Layout} and {picked.Layout} with other column strides; copy first");
    }

    private static ArgumentOutOfRangeException OutsideRow(string op, int position, int row, in View matrix) =>
        new(nameof(row), $"{op}: index {position} is {row}, but {matrix.Layout} has rows 0 to {matrix.Layout.Size(0) - 1}");
}
