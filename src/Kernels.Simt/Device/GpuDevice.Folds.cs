namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    /// <summary>Elements that one thread folds one after the other.</summary>
    private const int FoldLength = 64;

    public override void Fold(FoldKind kind, in View x, in View y, bool accumulate = false)
    {
        CheckFold(kind, x, y, accumulate);
        if (kind == FoldKind.Max)
            Fold<MaxFold, MaxFold>(x, y, 1f, false);
        else if (kind == FoldKind.Min)
            Fold<MinFold, MinFold>(x, y, 1f, false);
        else if (kind == FoldKind.SumOfSquares)
            Fold<SumOfSquaresFold, SumFold>(x, y, 1f, accumulate);
        else
            Fold<SumFold, SumFold>(x, y, kind == FoldKind.Mean ? (float)((double)y.Count / x.Count) : 1f, accumulate);
    }

    public override void ArgMax(in View x, in IndexView indices)
    {
        RowMajor("arg-max", x);
        if (x.Layout.Size(0) != indices.Count)
            throw new ArgumentException($"arg-max: expected one index per row, got {x.Layout} and {indices.Count} indices");
        if (x.Layout.Size(1) < 1)
            throw new ArgumentOutOfRangeException(nameof(x), $"arg-max: {x.Layout} has no column to choose from");
        Ints target = At(indices);
        Own(indices.Buffer).IsStale = true;
        if (indices.Count > 0)
            LaunchGroups(new ArgMaxKernel { X = At(x), Indices = target, RowStride = x.Layout.Stride(0), Columns = x.Layout.Size(1) }, indices.Count);
    }

    public override void GatherRows(in View x, in IndexView rows, in View y)
    {
        CheckRows("gather rows", x, y, rows);
        Each(new GatherKernel
        {
            X = At(x), Y = At(y), Rows = At(rows), Columns = y.Layout.Size(1), XRow = x.Layout.Stride(0), YRow = y.Layout.Stride(0), Count = y.Count,
        }, y.Count);
    }

    public override void ScatterRows(in View x, in IndexView rows, in View y, bool accumulate)
    {
        CheckRows("scatter rows", y, x, rows);
        Each(new ScatterKernel
        {
            X = At(x), Y = At(y), Rows = At(rows), RowCount = rows.Count, Columns = y.Layout.Size(1), XRow = x.Layout.Stride(0), YRow = y.Layout.Stride(0),
            Accumulate = accumulate ? 1 : 0,
        }, rows.Count == 0 ? 0 : y.Layout.Size(1));
    }

    private void Fold<TFirst, TNext>(in View x, in View y, float factor, bool accumulate)
        where TFirst : struct, IFoldOp
        where TNext : struct, IFoldOp
    {
        // x seen twice: along the axes that stay, and along those that do not
        Layout kept = x.Layout, folded = x.Layout;
        for (int axis = 0; axis < x.Layout.Rank; axis++)
        {
            if (y.Layout.Sizes[axis] == 1)
                kept = kept.Slice(axis, 0, Math.Min(1, x.Layout.Sizes[axis]));
            else
                folded = folded.Slice(axis, 0, Math.Min(1, x.Layout.Sizes[axis]));
        }

        int results = y.Count, elements = results == 0 ? 0 : x.Count / results;
        if (results == 0)
            return;
        Space keptSpace = Space.Of(kept), foldedSpace = Space.Of(folded);
        Steps atFolded = foldedSpace.Steps(folded);
        int parts = Parts(elements);
        bool direct = !accumulate && factor == 1f;
        Floats source = At(x), target = parts == 1 && direct ? At(y) : Scratch(0, checked(parts * results));
        Steps atKept = keptSpace.Steps(kept);
        if (foldedSpace.IsDeep == 0 && atFolded.S5 == 1)
        {
            Each(new FoldFoursKernel<TFirst>
            {
                X = source, Y = target, Kept = keptSpace, AtKept = atKept, Results = results, Elements = elements, Parts = parts, Wide = IsAligned(x) && IsAligned(atKept) ? 1 : 0,
            }, (long)results * parts);
        }
        else
        {
            Each(new FoldKernel<TFirst>
            {
                X = source, Y = target, Kept = keptSpace, Folded = foldedSpace, AtKept = atKept, AtFolded = atFolded,
                Results = results, Elements = elements, Parts = parts, AlongParts = atFolded.S5 == 1 ? 1 : 0,
            }, (long)results * parts);
        }

        var outer = new Space { N1 = 1, N2 = 1, N3 = 1, N4 = 1, N5 = 1 };
        for (int slot = 1; parts > 1; slot = 1 - slot)
        {
            (source, elements, parts) = (target, parts, Parts(parts));
            target = parts == 1 && direct ? At(y) : Scratch(slot, checked(parts * results));
            Each(new FoldKernel<TNext>
            {
                X = source, Y = target, Kept = outer, Folded = outer, AtKept = new Steps { S5 = 1 }, AtFolded = new Steps { S5 = results },
                Results = results, Elements = elements, Parts = parts, AlongParts = 0,
            }, (long)results * parts);
        }

        if (!direct)
            Each(new FoldEndKernel { X = target, Y = At(y), Factor = factor, Accumulate = accumulate ? 1 : 0, Count = results }, results);
    }

    private static bool IsAligned(in Steps steps) => IsAligned(steps.S0 | steps.S1 | steps.S2 | steps.S3 | steps.S4 | steps.S5);

    private static int Parts(int elements) => Math.Max(1, (elements + FoldLength - 1) / FoldLength);

    /// <summary>Both matrices have the same columns, contiguous in each row, the short one has a row per index, and every index is a row of the whole one.</summary>
    private void CheckRows(string op, in View whole, in View picked, in IndexView rows)
    {
        if (whole.Layout.Rank != 2 || picked.Layout.Rank != 2 || whole.Layout.Size(1) != picked.Layout.Size(1) || picked.Layout.Size(0) != rows.Count)
            throw new ArgumentException($"{op}: expected two matrices of the same width and one row per index, got {whole.Layout}, {picked.Layout} and {rows.Count} indices");
        if (whole.Layout.Size(1) > 1 && (whole.Layout.Stride(1) != 1 || picked.Layout.Stride(1) != 1))
            throw new ArgumentException($"{op}: rows must be contiguous, got {whole.Layout} and {picked.Layout} with other column strides; copy first");
        ReadOnlySpan<int> index = OnHost(rows);
        for (int i = 0; i < index.Length; i++)
        {
            if ((uint)index[i] >= (uint)whole.Layout.Size(0))
                throw new ArgumentOutOfRangeException(nameof(rows), $"{op}: index {i} is {index[i]}, but {whole.Layout} has rows 0 to {whole.Layout.Size(0) - 1}");
        }
    }
}
