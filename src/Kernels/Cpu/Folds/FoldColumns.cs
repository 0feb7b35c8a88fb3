using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Reductions along the first axis: [rows, columns] → [columns], the bias gradient for one. One thread, over a range of columns.
/// </summary>
/// <remarks>
/// Row r enters accumulator r mod 4 of its column, in stripes of 128 rows that are merged one after the other; a sum's error is at
/// most (34 + rows/128)·2⁻²⁴·Σ|x|. The order depends on the number of rows alone.
/// </remarks>
public static unsafe class FoldColumns
{
    private const int Stripe = 128;

    // a block beyond the near caches is read along its rows, so many columns at a time; a smaller one in columns of two lanes, whose accumulators stay in registers
    private const nint FarFloats = 64 * 1024;
    private const int FarColumns = 512;

    /// <summary>y[c] = ⊕ g(x[r, c]) over the rows r, or y[c] ⊕= … with <paramref name="accumulate"/>.</summary>
    /// <param name="x">[rows, columns], columns contiguous.</param>
    /// <param name="rowStride">Elements from one row to the next.</param>
    /// <param name="rows">Rows; 0 gives the identity.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="y">[columns].</param>
    /// <param name="accumulate">Merge with what y holds instead of overwriting it.</param>
    public static void Run<TFold>(float* x, nint rowStride, nint rows, nint columns, float* y, bool accumulate)
        where TFold : struct, IFoldOp =>
        Run<TFold>(x, rowStride, rows, columns, y, accumulate, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TFold>(float* x, nint rowStride, nint rows, nint columns, float* y, bool accumulate, LaneWidth width)
        where TFold : struct, IFoldOp
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<TFold, Lane16>(x, rowStride, rows, columns, y, accumulate);
                break;
            case LaneWidth.Eight:
                Loop<TFold, Lane8>(x, rowStride, rows, columns, y, accumulate);
                break;
            case LaneWidth.Four:
                Loop<TFold, Lane4>(x, rowStride, rows, columns, y, accumulate);
                break;
            default:
                Loop<TFold, Lane1>(x, rowStride, rows, columns, y, accumulate);
                break;
        }
    }

    /// <summary>y[c] = 1/rows·Σ x[r, c]; NaN for 0 rows.</summary>
    public static void Mean(float* x, nint rowStride, nint rows, nint columns, float* y)
    {
        Run<SumFold>(x, rowStride, rows, columns, y, accumulate: false);
        for (nint c = 0; c < columns; c++)
        {
            y[c] /= rows;
        }
    }

    private static void Loop<TFold, TLane>(float* x, nint rowStride, nint rows, nint columns, float* y, bool accumulate)
        where TFold : struct, IFoldOp
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        bool merges = accumulate;
        nint first = 0;
        do
        {
            nint end = nint.Min(rows, first + Stripe);
            nint c = 0;
            for (nint some; rows * columns > FarFloats && (some = nint.Min(FarColumns, (columns - c) / width * width)) > 2 * width; c += some)
            {
                Along<TFold, TLane>(x + c, rowStride, first, end, some, y + c, merges);
            }

            for (; c <= columns - (2 * width); c += 2 * width)
            {
                Two<TFold, TLane>(x + c, rowStride, first, end, y + c, merges);
            }

            for (; c < columns; c += width)
            {
                One<TFold, TLane>(x + c, rowStride, first, end, y + c, (int)nint.Min(width, columns - c), merges);
            }

            merges = true;
            first = end;
        }
        while (first < rows);
    }

    // whole lanes of columns, eight rows at a time: memory is read along eight lines, and the accumulators, four of a lane side by side, wait in the first-level cache
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Along<TFold, TLane>(float* x, nint rowStride, nint first, nint end, nint columns, float* y, bool merges)
        where TFold : struct, IFoldOp
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        float* memory = stackalloc float[(4 * FarColumns) + 16];
        var sums = (float*)(((nuint)memory + 63) & ~(nuint)63);
        for (nint i = 0; i < 4 * columns; i += width)
        {
            TLane.Store(TLane.Splat(TFold.Identity), sums + i);
        }

        nint r = first;
        for (; r <= end - 8; r += 8)
        {
            float* row = x + (r * rowStride);
            float* to = sums;
            for (nint c = 0; c < columns; c += width, row += width)
            {
                float* at = row;
                for (int q = 0; q < 4; q++, at += rowStride, to += width)
                {
                    TLane.Store(TFold.Accumulate(TFold.Accumulate(TLane.Load(to), TLane.Load(at)), TLane.Load(at + (4 * rowStride))), to);
                }
            }
        }

        for (; r < end; r++)
        {
            float* row = x + (r * rowStride);
            float* to = sums + (((r - first) & 3) * width);
            for (nint c = 0; c < columns; c += width, to += 4 * width)
            {
                TLane.Store(TFold.Accumulate(TLane.Load(to), TLane.Load(row + c)), to);
            }
        }

        float* from = sums;
        for (nint c = 0; c < columns; c += width, from += 4 * width)
        {
            var sum = TFold.Merge(
                TFold.Merge(TLane.Load(from), TLane.Load(from + width)), TFold.Merge(TLane.Load(from + (2 * width)), TLane.Load(from + (3 * width))));
            TLane.Store(merges ? TFold.Merge(TLane.Load(y + c), sum) : sum, y + c);
        }
    }

    // two lanes of columns, four rows at a time: eight accumulators in flight
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two<TFold, TLane>(float* x, nint rowStride, nint first, nint end, float* y, bool merges)
        where TFold : struct, IFoldOp
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var identity = TLane.Splat(TFold.Identity);
        var a0 = identity;
        var a1 = identity;
        var a2 = identity;
        var a3 = identity;
        var b0 = identity;
        var b1 = identity;
        var b2 = identity;
        var b3 = identity;
        nint r = first;
        for (; r <= end - 4; r += 4)
        {
            float* row = x + (r * rowStride);
            a0 = TFold.Accumulate(a0, TLane.Load(row));
            b0 = TFold.Accumulate(b0, TLane.Load(row + width));
            row += rowStride;
            a1 = TFold.Accumulate(a1, TLane.Load(row));
            b1 = TFold.Accumulate(b1, TLane.Load(row + width));
            row += rowStride;
            a2 = TFold.Accumulate(a2, TLane.Load(row));
            b2 = TFold.Accumulate(b2, TLane.Load(row + width));
            row += rowStride;
            a3 = TFold.Accumulate(a3, TLane.Load(row));
            b3 = TFold.Accumulate(b3, TLane.Load(row + width));
        }

        if (r < end)
        {
            a0 = TFold.Accumulate(a0, TLane.Load(x + (r * rowStride)));
            b0 = TFold.Accumulate(b0, TLane.Load(x + (r * rowStride) + width));
        }

        if (r + 1 < end)
        {
            a1 = TFold.Accumulate(a1, TLane.Load(x + ((r + 1) * rowStride)));
            b1 = TFold.Accumulate(b1, TLane.Load(x + ((r + 1) * rowStride) + width));
        }

        if (r + 2 < end)
        {
            a2 = TFold.Accumulate(a2, TLane.Load(x + ((r + 2) * rowStride)));
            b2 = TFold.Accumulate(b2, TLane.Load(x + ((r + 2) * rowStride) + width));
        }

        var a = TFold.Merge(TFold.Merge(a0, a1), TFold.Merge(a2, a3));
        var b = TFold.Merge(TFold.Merge(b0, b1), TFold.Merge(b2, b3));
        TLane.Store(merges ? TFold.Merge(TLane.Load(y), a) : a, y);
        TLane.Store(merges ? TFold.Merge(TLane.Load(y + width), b) : b, y + width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One<TFold, TLane>(float* x, nint rowStride, nint first, nint end, float* y, int count, bool merges)
        where TFold : struct, IFoldOp
        where TLane : struct, ILane<TLane>
    {
        var a0 = TLane.Splat(TFold.Identity);
        var a1 = a0;
        var a2 = a0;
        var a3 = a0;
        nint r = first;
        for (; r <= end - 4; r += 4)
        {
            float* row = x + (r * rowStride);
            a0 = TFold.Accumulate(a0, TLane.LoadPartial(row, count));
            a1 = TFold.Accumulate(a1, TLane.LoadPartial(row + rowStride, count));
            a2 = TFold.Accumulate(a2, TLane.LoadPartial(row + (2 * rowStride), count));
            a3 = TFold.Accumulate(a3, TLane.LoadPartial(row + (3 * rowStride), count));
        }

        if (r < end)
        {
            a0 = TFold.Accumulate(a0, TLane.LoadPartial(x + (r * rowStride), count));
        }

        if (r + 1 < end)
        {
            a1 = TFold.Accumulate(a1, TLane.LoadPartial(x + ((r + 1) * rowStride), count));
        }

        if (r + 2 < end)
        {
            a2 = TFold.Accumulate(a2, TLane.LoadPartial(x + ((r + 2) * rowStride), count));
        }

        var a = TFold.Merge(TFold.Merge(a0, a1), TFold.Merge(a2, a3));
        TLane.StorePartial(merges ? TFold.Merge(TLane.LoadPartial(y, count), a) : a, y, count);
    }
}
