namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    public override void Pool(PoolKind kind, PoolGeometry? windows, in View x, in View y)
    {
        (PoolWindows rows, PoolWindows columns) = Windows("pool", windows, x, y);
        Each(new PoolKernel
        {
            X = At(x), Y = At(y), Rows = rows, Columns = columns, IsMaximum = kind == PoolKind.Max ? 1 : 0, CountsPadding = CountsPadding(kind, windows), Count = y.Count,
        }, y.Count);
    }

    public override void PoolBackward(PoolKind kind, PoolGeometry? windows, in View dy, in View x, in View dx, bool accumulate)
    {
        (PoolWindows rows, PoolWindows columns) = Windows("pool backward", windows, dx, dy);
        Each(new PoolBackwardKernel
        {
            Dy = At(dy), X = kind == PoolKind.Max ? Whole("pool backward", "x", x, dx) : At(dx), Dx = At(dx), Rows = rows, Columns = columns,
            IsMaximum = kind == PoolKind.Max ? 1 : 0, CountsPadding = CountsPadding(kind, windows), Accumulate = accumulate ? 1 : 0, Count = dx.Count,
        }, dx.Count);
    }

    // adaptive windows have no padding to count
    private static int CountsPadding(PoolKind kind, PoolGeometry? windows) => kind == PoolKind.AverageWithPadding && windows is not null ? 1 : 0;

    private static (PoolWindows Rows, PoolWindows Columns) Windows(string op, PoolGeometry? windows, in View x, in View y)
    {
        CheckPool(op, windows, x, y);
        int height = x.Layout.Size(2), width = x.Layout.Size(3), outputHeight = y.Layout.Size(2), outputWidth = y.Layout.Size(3);
        if (windows is not { } w)
            return (new PoolWindows { Input = height, Output = outputHeight }, new PoolWindows { Input = width, Output = outputWidth });
        return (new PoolWindows { Input = height, Output = outputHeight, Kernel = w.KernelHeight, Stride = w.StrideHeight, Padding = w.PaddingHeight },
            new PoolWindows { Input = width, Output = outputWidth, Kernel = w.KernelWidth, Stride = w.StrideWidth, Padding = w.PaddingWidth });
    }
}
