namespace Engram.Kernels;

/// <content>What every device asks of the operands of an entry, said once.</content>
public abstract partial class Device
{
    /// <summary>Checks the operands of <see cref="Gram"/> and <see cref="GramRow"/>; returns n.</summary>
    protected static int CheckGram(in View rows, int results, bool whole)
    {
        if (rows.Layout.Rank != 2 || (rows.Layout.Size(1) > 1 && rows.Layout.Stride(1) != 1))
            throw new ArgumentException($"gram: expected a matrix [n, p] with contiguous rows, got {rows.Layout}; copy it first");
        int n = rows.Layout.Size(0);
        if (results != (whole ? (long)n * n : n))
            throw new ArgumentException($"gram: {n} rows have {(whole ? $"[{n}, {n}]" : $"[{n}]")} inner products, got room for {results}");
        return n;
    }

    /// <summary>Checks the operands of <see cref="AddRows"/>.</summary>
    protected static void CheckCombination(int coefficients, in View rows, in View target)
    {
        if (rows.Layout.Rank != 2 || (rows.Layout.Size(1) > 1 && rows.Layout.Stride(1) != 1) || rows.Layout.Size(0) != coefficients)
            throw new ArgumentException($"add rows: expected one contiguous row per coefficient, got {rows.Layout} and {coefficients} coefficients");
        if (!target.Layout.IsContiguous || target.Count != rows.Layout.Size(1))
            throw new ArgumentException($"add rows: expected a contiguous target of {rows.Layout.Size(1)} elements, got {target.Layout}");
    }

    /// <summary>Checks the operands of <see cref="Top"/>.</summary>
    protected static void CheckTop(in View scores, int wanted)
    {
        if (scores.Layout.Rank != 1 || !scores.Layout.IsContiguous)
            throw new ArgumentException($"top: expected a contiguous vector of scores [n], got {scores.Layout}; copy it first");
        if (wanted > scores.Count)
            throw new ArgumentException($"top: {wanted} indices are wanted of {scores.Count} scores");
    }

    /// <summary>Checks the operands of <see cref="Fold"/>.</summary>
    /// <exception cref="ArgumentException">The result has another rank or gaps, an axis is neither kept nor folded to 1, or a maximum should be added.</exception>
    protected static void CheckFold(FoldKind kind, in View x, in View y, bool accumulate)
    {
        if (x.Layout.Rank != y.Layout.Rank || !y.Layout.IsContiguous)
            throw new ArgumentException($"fold: expected a contiguous result of the operand's rank, got {x.Layout} → {y.Layout}");
        for (int axis = 0; axis < x.Layout.Rank; axis++)
        {
            if (y.Layout.Sizes[axis] != x.Layout.Sizes[axis] && y.Layout.Sizes[axis] != 1)
                throw new ArgumentException($"fold: axis {axis} of {x.Layout} must be kept or folded to 1, got {y.Layout}");
        }

        if (accumulate && kind is FoldKind.Max or FoldKind.Min)
            throw new ArgumentException($"fold: a {kind} does not add to what the result holds");
    }

    /// <summary>Checks images x [batch, channels, height, width] and their pooled form y; null windows are adaptive ones.</summary>
    /// <exception cref="ArgumentException">The layouts are no contiguous images of equal batch and channels, or the windows do not make y of x.</exception>
    protected static void CheckPool(string op, PoolGeometry? windows, in View x, in View y)
    {
        if (x.Layout.Rank != 4 || y.Layout.Rank != 4 || !x.Layout.IsContiguous || !y.Layout.IsContiguous ||
            x.Layout.Size(0) != y.Layout.Size(0) || x.Layout.Size(1) != y.Layout.Size(1))
            throw new ArgumentException($"{op}: expected contiguous images [batch, channels, height, width] of equal batch and channels, got x {x.Layout} and y {y.Layout}");
        int height = x.Layout.Size(2), width = x.Layout.Size(3), outputHeight = y.Layout.Size(2), outputWidth = y.Layout.Size(3);
        if (windows is not { } w)
        {
            if (height < 1 || width < 1 || outputHeight < 1 || outputWidth < 1)
                throw new ArgumentException($"{op}: adaptive windows need at least one row and column on both sides, got x {x.Layout} and y {y.Layout}");
            return;
        }

        if (w.Problem is { } problem)
            throw new ArgumentException($"{op}: {problem}");
        if (w.OutputHeight(height) != outputHeight || w.OutputWidth(width) != outputWidth || outputHeight < 1 || outputWidth < 1)
            throw new ArgumentException($"{op}: {w} makes {w.OutputHeight(height)}x{w.OutputWidth(width)} windows of x {x.Layout}, y is {y.Layout}");
    }
}
