namespace Engram.Kernels.Cpu;

/// <summary>Pooling, plane by plane.</summary>
internal sealed unsafe partial class CpuDevice
{
    public override void Pool(PoolKind kind, PoolGeometry? windows, in View x, in View y)
    {
        var (rows, columns) = Windows("pool", windows, x, y);
        var body = new PoolBody { Kind = kind, Rows = rows, Columns = columns, X = At(x), Y = At(y) };
        body.Planes = x.Layout.Size(0) * x.Layout.Size(1);
        body.PerChunk = PlanesPerChunk(rows, columns);
        _splitter.Run((body.Planes + body.PerChunk - 1) / body.PerChunk, ref body);
    }

    public override void PoolBackward(PoolKind kind, PoolGeometry? windows, in View dy, in View x, in View dx, bool accumulate)
    {
        var (rows, columns) = Windows("pool backward", windows, dx, dy);
        float* input = kind == PoolKind.Max ? Whole("pool backward", "x", x, dx) : null;
        var body = new PoolBackwardBody { Kind = kind, Rows = rows, Columns = columns, Dy = At(dy), X = input, Dx = At(dx), Accumulate = accumulate };
        body.Planes = dx.Layout.Size(0) * dx.Layout.Size(1);
        body.PerChunk = PlanesPerChunk(rows, columns);
        _splitter.Run((body.Planes + body.PerChunk - 1) / body.PerChunk, ref body);
    }

    private static int PlanesPerChunk(in PoolAxis rows, in PoolAxis columns) => (int)Math.Max(1, ElementChunk / Math.Max(1, (long)rows.Input * columns.Input));

    private static (PoolAxis Rows, PoolAxis Columns) Windows(string op, PoolGeometry? windows, in View x, in View y)
    {
        CheckPool(op, windows, x, y);
        int height = x.Layout.Size(2), width = x.Layout.Size(3), outputHeight = y.Layout.Size(2), outputWidth = y.Layout.Size(3);
        if (windows is not { } w)
            return (PoolAxis.Adaptive(height, outputHeight), PoolAxis.Adaptive(width, outputWidth));
        return (new PoolAxis(height, outputHeight, w.KernelHeight, w.StrideHeight, w.PaddingHeight),
            new PoolAxis(width, outputWidth, w.KernelWidth, w.StrideWidth, w.PaddingWidth));
    }

    private struct PoolBody : IChunkBody
    {
        public PoolKind Kind;
        public PoolAxis Rows, Columns;
        public float* X, Y;
        public int Planes, PerChunk;

        public readonly void Execute(int chunk)
        {
            float* scratch = AlignedMemory.Scratch(Columns.Input);
            nint input = (nint)Rows.Input * Columns.Input, output = (nint)Rows.Output * Columns.Output;
            nint start = (nint)chunk * PerChunk, end = Math.Min(Planes, (chunk + 1) * PerChunk);
            if (Kind != PoolKind.Max && Rows.IsWhole && Columns.IsWhole)
            {
                PoolWhole.Forward(X + start * input, end - start, input, Y + start, LaneWidths.Widest);
                return;
            }

            for (nint p = start; p < end; p++)
                PlanePool.Run(Kind, Rows, Columns, X + p * input, Y + p * output, scratch, LaneWidths.Widest);
        }
    }

    private struct PoolBackwardBody : IChunkBody
    {
        public PoolKind Kind;
        public PoolAxis Rows, Columns;
        public float* Dy, X, Dx;
        public int Planes, PerChunk;
        public bool Accumulate;

        public readonly void Execute(int chunk)
        {
            nint input = (nint)Rows.Input * Columns.Input, output = (nint)Rows.Output * Columns.Output;
            nint start = (nint)chunk * PerChunk, end = Math.Min(Planes, (chunk + 1) * PerChunk);
            if (Kind != PoolKind.Max && Rows.IsWhole && Columns.IsWhole)
            {
                PoolWhole.Backward(Dy + start, end - start, input, Dx + start * input, Accumulate, LaneWidths.Widest);
                return;
            }

            float* scratch = AlignedMemory.Scratch(PlanePoolBackward.Scratch(Columns));
            for (nint p = start; p < end; p++)
                PlanePoolBackward.Run(Kind, Rows, Columns, Dy + p * output, X == null ? null : X + p * input, Dx + p * input, Accumulate, scratch, LaneWidths.Widest);
        }
    }
}
