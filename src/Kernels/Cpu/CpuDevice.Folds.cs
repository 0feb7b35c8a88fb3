using BlockFold = Engram.Kernels.Cpu.Fold;

namespace Engram.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    public override void Fold(FoldKind kind, in View x, in View y, bool accumulate = false)
    {
        CheckFold(kind, x, y, accumulate);
        switch (kind)
        {
            case FoldKind.Max:
                Fold<MaxFold, MaxFold>(x, y, 1f, false);
                break;
            case FoldKind.Min:
                Fold<MinFold, MinFold>(x, y, 1f, false);
                break;
            case FoldKind.SumOfSquares:
                Fold<SumOfSquaresFold, SumFold>(x, y, 1f, accumulate);
                break;
            default:
                float factor = kind == FoldKind.Mean ? (float)((double)y.Count / x.Count) : 1f;
                Fold<SumFold, SumFold>(x, y, factor, accumulate);
                break;
        }
    }

    public override void ArgMax(in View x, in IndexView indices)
    {
        if (x.Layout.Rank != 2 || x.Layout.Size(0) != indices.Count || (x.Layout.Size(1) > 1 && x.Layout.Stride(1) != 1))
            throw new ArgumentException($"arg-max: expected rows of contiguous columns and one index per row, got {x.Layout} and {indices.Count} indices");
        FoldRows.ArgMax(At(x), x.Layout.Stride(0), x.Layout.Size(0), x.Layout.Size(1), At(indices));
    }

    /// <summary>
    /// The operand as alternating groups of kept and folded axes, folded group by group from the last: the first pass with
    /// <typeparamref name="TFirst"/>, later ones with <typeparamref name="TNext"/>. Strided operands are copied to scratch first.
    /// </summary>
    private void Fold<TFirst, TNext>(in View x, in View y, float factor, bool accumulate)
        where TFirst : struct, IFoldOp
        where TNext : struct, IFoldOp
    {
        Span<int> sizes = stackalloc int[Dims6.Capacity];
        Span<bool> folded = stackalloc bool[Dims6.Capacity];
        int groups = 0, foldedGroups = 0;
        for (int axis = 0; axis < x.Layout.Rank; axis++)
        {
            int size = x.Layout.Sizes[axis];
            if (size == 1)
                continue;
            bool folds = y.Layout.Sizes[axis] == 1;
            if (groups > 0 && folded[groups - 1] == folds)
            {
                sizes[groups - 1] *= size;
                continue;
            }
            (sizes[groups], folded[groups]) = (size, folds);
            groups++;
            foldedGroups += folds ? 1 : 0;
        }

        float* source = At(x), target = At(y);
        bool direct = !accumulate && factor == 1f;
        bool columnsOnly = x.Layout.IsContiguous && foldedGroups == 1 && groups == 2 && folded[0] && typeof(TFirst) != typeof(MaxFold) && typeof(TFirst) != typeof(MinFold);
        if (columnsOnly && factor == 1f)
        {
            // the gradient of a bias: no detour, and the old values join the same pass
            Columns<TFirst>(source, sizes[0], sizes[1], target, accumulate);
            return;
        }
        nint copy = x.Layout.IsContiguous ? 0 : x.Count;
        float* scratch = AlignedMemory.Scratch(copy + (foldedGroups > 1 ? 2 * (nint)x.Count : 0) + y.Count + 16);
        if (copy > 0)
        {
            ElementwiseMap.Run(default(IdentityOp), new StridedSpace(x.Layout.Rank, Extents(x.Layout.Sizes),
                Extents(Layout.RowMajor(x.Layout.Sizes).Strides), Extents(x.Layout.Strides)), scratch, source);
            source = scratch;
            scratch += copy;
        }
        if (foldedGroups == 0)
        {
            // nothing repeats: a single row of columns, so that a sum of squares squares; a mean's factor is 1 then
            Columns<TFirst>(source, 1, x.Count, target, accumulate);
            return;
        }
        for (int group = groups - 1, pass = 0; group >= 0; group--)
        {
            if (!folded[group])
                continue;
            pass++;
            nint outer = 1, inner = 1;
            for (int i = 0; i < group; i++)
                outer *= sizes[i];
            for (int i = group + 1; i < groups; i++)
                inner *= sizes[i];
            float* result = pass == foldedGroups ? (direct ? target : scratch) : scratch;
            if (pass == 1)
                Groups<TFirst>(source, outer, sizes[group], inner, result);
            else
                Groups<TNext>(source, outer, sizes[group], inner, result);
            source = result;
            scratch = result + outer * inner;
            sizes[group] = 1;
        }
        if (!direct)
            Finish(source, target, y.Count, factor, accumulate);
    }

    /// <summary>[outer, fold, inner] → [outer, inner].</summary>
    private void Groups<TFold>(float* x, nint outer, nint fold, nint inner, float* y) where TFold : struct, IFoldOp
    {
        if (inner > 1)
        {
            for (nint o = 0; o < outer; o++)
                Columns<TFold>(x + o * fold * inner, fold, inner, y + o * inner, false);
            return;
        }
        if (outer == 1 && fold > ElementChunk)
        {
            int blocks = (int)BlockFold.BlockCount(fold);
            float* partials = stackalloc float[blocks <= 4096 ? blocks : 0];
            if (blocks > 4096)
            {
                *y = BlockFold.Run<TFold>(x, fold);
                return;
            }
            var body = new BlockBody<TFold> { X = x, Count = fold, Partials = partials, Blocks = blocks };
            _splitter.Run((blocks + BlockBody<TFold>.PerChunk - 1) / BlockBody<TFold>.PerChunk, ref body);
            *y = BlockFold.MergeBlocks<TFold>(partials, blocks);
            return;
        }
        FoldRows.Run<TFold>(x, fold, outer, fold, y);
    }

    private void Columns<TFold>(float* x, nint rows, nint columns, float* y, bool accumulate) where TFold : struct, IFoldOp
    {
        if (rows * columns <= ElementChunk || columns < 2 * ColumnBody<TFold>.PerChunk)
        {
            FoldColumns.Run<TFold>(x, columns, rows, columns, y, accumulate);
            return;
        }
        var body = new ColumnBody<TFold> { X = x, Rows = rows, Columns = columns, Y = y, Accumulate = accumulate };
        _splitter.Run((int)((columns + ColumnBody<TFold>.PerChunk - 1) / ColumnBody<TFold>.PerChunk), ref body);
    }

    private static void Finish(float* result, float* target, nint count, float factor, bool accumulate)
    {
        if (accumulate)
            ElementwiseZip.Run(new AddScaledOp(factor), target, result, target, count);
        else
            ElementwiseMap.Run(new ScaleOp(factor), result, target, count);
    }

    private struct BlockBody<TFold> : IChunkBody where TFold : struct, IFoldOp
    {
        public const int PerChunk = 32;
        public float* X, Partials;
        public nint Count;
        public int Blocks;

        public readonly void Execute(int chunk) =>
            BlockFold.Blocks<TFold>(X, Count, chunk * PerChunk, Math.Min(Blocks, (chunk + 1) * PerChunk), Partials);
    }

    private struct ColumnBody<TFold> : IChunkBody where TFold : struct, IFoldOp
    {
        public const int PerChunk = 256;
        public float* X, Y;
        public nint Rows, Columns;
        public bool Accumulate;

        public readonly void Execute(int chunk)
        {
            nint start = (nint)chunk * PerChunk;
            FoldColumns.Run<TFold>(X + start, Columns, Rows, Math.Min(PerChunk, Columns - start), Y + start, Accumulate);
        }
    }
}
