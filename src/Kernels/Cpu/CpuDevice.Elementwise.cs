namespace Engram.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    public override void Copy(in View x, in View y)
    {
        SameSizes("copy", x, y);
        if (x.Layout.IsContiguous && y.Layout.IsContiguous)
        {
            new ReadOnlySpan<float>(At(x), x.Count).CopyTo(new Span<float>(At(y), y.Count));
            return;
        }
        var space = new StridedSpace(y.Layout.Rank, Extents(y.Layout.Sizes), Extents(y.Layout.Strides), Extents(x.Layout.Strides));
        if (!TransposingCopy.TryRun(space, At(y), At(x)))
            ElementwiseMap.Run(default(IdentityOp), space, At(y), At(x));
    }

    public override void Fill(in View y, float value)
    {
        if (y.Layout.IsContiguous)
        {
            new Span<float>(At(y), y.Count).Fill(value);
            return;
        }
        // a one-element source, repeated
        float source = value;
        Extents6 none = default;
        var space = new StridedSpace(y.Layout.Rank, Extents(y.Layout.Sizes), Extents(y.Layout.Strides), none);
        ElementwiseMap.Run(default(IdentityOp), space, At(y), &source);
    }

    public override void Map<TOp>(in TOp op, in View x, in View y)
    {
        if (typeof(TOp) == typeof(IdentityOp))
        {
            Copy(x, y);
            return;
        }
        SameSizes("map", x, y);
        if (x.Layout.IsContiguous && y.Layout.IsContiguous)
        {
            if (y.Count <= ElementChunk)
            {
                ElementwiseMap.Run(op, At(x), At(y), y.Count);
                return;
            }
            var body = new MapBody<TOp> { Op = op, X = At(x), Y = At(y), Count = y.Count, Streamed = Streams.PassCaches(y.Count, 2, Threads) && Apart(y, x) };
            _splitter.Run(Chunks(y.Count), ref body);
            return;
        }
        ElementwiseMap.Run(op, new StridedSpace(y.Layout.Rank, Extents(y.Layout.Sizes), Extents(y.Layout.Strides), Extents(x.Layout.Strides)), At(y), At(x));
    }

    public override void MapBackward<TOp>(in TOp op, in View dy, in View x, in View y, in View dx, bool accumulate)
    {
        SameSizes("map backward", dy, dx);
        SameSizes("map backward", x, dx);
        SameSizes("map backward", y, dx);
        if (dy.Layout.IsContiguous && x.Layout.IsContiguous && y.Layout.IsContiguous && dx.Layout.IsContiguous)
        {
            if (dx.Count <= ElementChunk)
            {
                ElementwiseMapBackward.Run(op, At(dy), At(x), At(y), At(dx), dx.Count, accumulate);
                return;
            }
            var body = new MapBackwardBody<TOp> { Op = op, Dy = At(dy), X = At(x), Y = At(y), Dx = At(dx), Count = dx.Count, Accumulate = accumulate };
            _splitter.Run(Chunks(dx.Count), ref body);
            return;
        }
        // strided operands (a broadcast gradient, a transposed input), one element at a time: rare, and the same bits as a whole lane
        var space = new StridedSpace(dx.Layout.Rank, Extents(dx.Layout.Sizes), Extents(dx.Layout.Strides), Extents(dy.Layout.Strides), Extents(x.Layout.Strides), Extents(y.Layout.Strides));
        float* dyStart = At(dy), xStart = At(x), yStart = At(y), dxStart = At(dx);
        for (var walk = new StridedWalk(space, 0, space.RowCount); walk.HasRow; walk.Next())
        {
            for (nint i = 0; i < space.InnerCount; i++)
            {
                ElementwiseMapBackward.Run(op, dyStart + walk.Offset1 + i * space.InnerStride1, xStart + walk.Offset2 + i * space.InnerStride2,
                    yStart + walk.Offset3 + i * space.InnerStride3, dxStart + walk.Offset0 + i * space.InnerStride0, 1, accumulate, LaneWidth.One);
            }
        }
    }

    public override void Zip<TOp>(in TOp op, in View a, in View b, in View y)
    {
        SameSizes("zip", a, y);
        SameSizes("zip", b, y);
        if (a.Layout.IsContiguous && b.Layout.IsContiguous && y.Layout.IsContiguous)
        {
            if (y.Count <= ElementChunk)
            {
                ElementwiseZip.Run(op, At(a), At(b), At(y), y.Count);
                return;
            }
            var body = new ZipBody<TOp> { Op = op, A = At(a), B = At(b), Y = At(y), Count = y.Count, Streamed = Streams.PassCaches(y.Count, 3, Threads) && Apart(y, a) && Apart(y, b) };
            _splitter.Run(Chunks(y.Count), ref body);
            return;
        }
        ElementwiseZip.Run(op, new StridedSpace(y.Layout.Rank, Extents(y.Layout.Sizes), Extents(y.Layout.Strides), Extents(a.Layout.Strides), Extents(b.Layout.Strides)),
            At(y), At(a), At(b));
    }

    public override void ZipBackward<TOp>(in TOp op, ZipSide side, in View dy, in View a, in View b, in View y, in View gradient, bool accumulate)
    {
        SameSizes("zip backward", a, dy);
        SameSizes("zip backward", b, dy);
        SameSizes("zip backward", y, dy);
        SameSizes("zip backward", gradient, dy);
        if (dy.Layout.IsContiguous && a.Layout.IsContiguous && b.Layout.IsContiguous && y.Layout.IsContiguous && gradient.Layout.IsContiguous)
        {
            ElementwiseZipBackward.Run(op, side, At(dy), At(a), At(b), At(y), At(gradient), dy.Count, accumulate);
            return;
        }
        if ((TOp.Needs & DerivativeNeeds.Output) != 0 && !y.Layout.Strides.SequenceEqual(dy.Layout.Strides))
            throw new ArgumentException($"zip backward: y {y.Layout} must be laid out as dy {dy.Layout}; copy one of them first");
        var space = new StridedSpace(dy.Layout.Rank, Extents(dy.Layout.Sizes), Extents(gradient.Layout.Strides), Extents(dy.Layout.Strides),
            Extents(a.Layout.Strides), Extents(b.Layout.Strides));
        ElementwiseZipBackward.Run(op, side, space, At(gradient), At(dy), At(a), At(b), (TOp.Needs & DerivativeNeeds.Output) != 0 ? At(y) : At(dy), accumulate, 0, space.RowCount);
    }

    private static int Chunks(int count) => (count + ElementChunk - 1) / ElementChunk;

    private static bool Apart(in View y, in View x) => At(y) + y.Count <= At(x) || At(x) + x.Count <= At(y);

    private static Extents6 Extents(ReadOnlySpan<int> values)
    {
        Extents6 extents = default;
        for (int i = 0; i < values.Length; i++)
            extents[i] = values[i];
        return extents;
    }

    private struct MapBody<TOp> : IChunkBody where TOp : struct, IUnaryOp
    {
        public TOp Op;
        public float* X, Y;
        public int Count;
        public bool Streamed;

        public readonly void Execute(int chunk)
        {
            nint start = (nint)chunk * ElementChunk;
            nint count = Math.Min(ElementChunk, Count - start);
            if (Streamed)
                ElementwiseMap.Stream(Op, X + start, Y + start, count, LaneWidths.Widest);
            else
                ElementwiseMap.Run(Op, X + start, Y + start, count);
        }
    }

    private struct MapBackwardBody<TOp> : IChunkBody where TOp : struct, IDifferentiableUnaryOp
    {
        public TOp Op;
        public float* Dy, X, Y, Dx;
        public int Count;
        public bool Accumulate;

        public readonly void Execute(int chunk)
        {
            nint start = (nint)chunk * ElementChunk;
            ElementwiseMapBackward.Run(Op, Dy + start, X + start, Y + start, Dx + start, Math.Min(ElementChunk, Count - start), Accumulate);
        }
    }

    private struct ZipBody<TOp> : IChunkBody where TOp : struct, IBinaryOp
    {
        public TOp Op;
        public float* A, B, Y;
        public int Count;
        public bool Streamed;

        public readonly void Execute(int chunk)
        {
            nint start = (nint)chunk * ElementChunk;
            nint count = Math.Min(ElementChunk, Count - start);
            if (Streamed)
                ElementwiseZip.Stream(Op, A + start, B + start, Y + start, count, LaneWidths.Widest);
            else
                ElementwiseZip.Run(Op, A + start, B + start, Y + start, count);
        }
    }
}
