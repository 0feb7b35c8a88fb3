using SoftmaxRows = Engram.Kernels.Cpu.Softmax;

namespace Engram.Kernels.Cpu;

/// <summary>Softmax and log-softmax of rows.</summary>
internal sealed unsafe partial class CpuDevice
{
    public override void Softmax(in View x, in View y, bool logarithm)
    {
        CheckRows("softmax", x, y);
        var body = new SoftmaxBody
        {
            X = At(x),
            Y = At(y),
            XStride = x.Layout.Stride(0),
            YStride = y.Layout.Stride(0),
            Rows = x.Layout.Size(0),
            Columns = x.Layout.Size(1),
            Logarithm = logarithm,
        };
        body.PerChunk = Math.Max(1, ElementChunk / 4 / Math.Max(1, body.Columns));
        if (body.Columns > 0)
            _splitter.Run((body.Rows + body.PerChunk - 1) / body.PerChunk, ref body);
    }

    public override void SoftmaxBackward(in View dy, in View y, in View dx, bool logarithm, bool accumulate)
    {
        CheckRows("softmax backward", dy, y);
        CheckRows("softmax backward", dx, y);
        var body = new SoftmaxBackwardBody
        {
            Dy = At(dy),
            Y = At(y),
            Dx = At(dx),
            DyStride = dy.Layout.Stride(0),
            YStride = y.Layout.Stride(0),
            DxStride = dx.Layout.Stride(0),
            Rows = y.Layout.Size(0),
            Columns = y.Layout.Size(1),
            Logarithm = logarithm,
            Accumulate = accumulate,
        };
        body.PerChunk = Math.Max(1, ElementChunk / 4 / Math.Max(1, body.Columns));
        if (body.Columns > 0)
            _splitter.Run((body.Rows + body.PerChunk - 1) / body.PerChunk, ref body);
    }

    private static void CheckRows(string op, in View x, in View y)
    {
        SameSizes(op, x, y);
        if (x.Layout.Rank != 2 || (x.Layout.Size(1) > 1 && (x.Layout.Stride(1) != 1 || y.Layout.Stride(1) != 1)))
            throw new ArgumentException($"{op}: expected [rows, columns] with contiguous rows, got {x.Layout} and {y.Layout}; reshape or copy first");
    }

    private struct SoftmaxBody : IChunkBody
    {
        public float* X, Y;
        public nint XStride, YStride;
        public int Rows, Columns, PerChunk;
        public bool Logarithm;

        public readonly void Execute(int chunk)
        {
            nint first = (nint)chunk * PerChunk, rows = nint.Min(PerChunk, Rows - first);
            if (Logarithm)
                SoftmaxRows.Log(X + first * XStride, XStride, null, rows, Columns, Y + first * YStride, YStride);
            else
                SoftmaxRows.Run(X + first * XStride, XStride, null, rows, Columns, Y + first * YStride, YStride);
        }
    }

    private struct SoftmaxBackwardBody : IChunkBody
    {
        public float* Dy, Y, Dx;
        public nint DyStride, YStride, DxStride;
        public int Rows, Columns, PerChunk;
        public bool Logarithm, Accumulate;

        public readonly void Execute(int chunk)
        {
            nint first = (nint)chunk * PerChunk, end = nint.Min(Rows, first + PerChunk);
            float* added = Accumulate ? AlignedMemory.Scratch(Columns) : null;
            for (nint r = first; r < end; r++)
            {
                float* dy = Dy + r * DyStride, y = Y + r * YStride, dx = Dx + r * DxStride, to = Accumulate ? added : dx;
                if (Logarithm)
                    SoftmaxRows.LogBackward(dy, 0, y, 0, 1, Columns, to, 0);
                else
                    SoftmaxRows.Backward(dy, 0, y, 0, 1, Columns, to, 0);
                if (Accumulate)
                    ElementwiseZip.Run(default(AddOp), dx, added, dx, Columns);
            }
        }
    }
}
