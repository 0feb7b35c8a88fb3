namespace Engram.Kernels.Cpu;

/// <summary>
/// The backward pass of <see cref="PlanePool"/>: a mean's gradient spreads evenly over its window, a maximum's goes to the first place (row by
/// row) that holds it, a NaN counting as the largest. Windows are worked in order. One thread.
/// </summary>
public static unsafe class PlanePoolBackward
{
    // integers up to here are numbers in single precision
    private const long CountedExactly = 1 << 24;

    /// <summary>Numbers of scratch that a plane needs.</summary>
    /// <param name="columns">The windows' columns.</param>
    public static int Scratch(in PoolAxis columns) => Math.Max(3 * columns.Input, PoolTriples.Fits(columns) ? PoolTriples.Scratch(columns) : 0);

    /// <summary>dx ← or += the gradient of one plane.</summary>
    /// <param name="kind">As forward.</param>
    /// <param name="rows">As forward.</param>
    /// <param name="columns">As forward.</param>
    /// <param name="dy">[rows.Output, columns.Output].</param>
    /// <param name="x">[rows.Input, columns.Input], read for maxima only.</param>
    /// <param name="dx">[rows.Input, columns.Input].</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    /// <param name="scratch">As many numbers as <see cref="Scratch"/> says.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    public static void Run(
        PoolKind kind, in PoolAxis rows, in PoolAxis columns, float* dy, float* x, float* dx, bool accumulate, float* scratch, LaneWidth width)
    {
        int count = rows.Input * columns.Input;
        if (kind != PoolKind.Max && rows.IsWhole && columns.IsWhole)
        {
            PoolWhole.Backward(dy, 1, count, dx, accumulate, width);
            return;
        }

        bool triples = kind == PoolKind.Max && PoolTriples.Fits(rows) && PoolTriples.Fits(columns);
        if (triples || (rows.IsPairs && columns.IsPairs))
        {
            switch (width)
            {
                case LaneWidth.Sixteen:
                    Common<Lane16>(triples, kind, rows, columns, dy, x, dx, accumulate, scratch);
                    break;
                case LaneWidth.Eight:
                    Common<Lane8>(triples, kind, rows, columns, dy, x, dx, accumulate, scratch);
                    break;
                case LaneWidth.Four:
                    Common<Lane4>(triples, kind, rows, columns, dy, x, dx, accumulate, scratch);
                    break;
                default:
                    Common<Lane1>(triples, kind, rows, columns, dy, x, dx, accumulate, scratch);
                    break;
            }

            return;
        }

        if (!accumulate)
        {
            new Span<float>(dx, count).Clear();
        }

        for (int i = 0; i < rows.Output; i++)
        {
            int first = rows.Start(i);
            int end = rows.End(i);
            float* from = dy + ((nint)i * columns.Output);
            nint start = (nint)first * columns.Input;
            if (kind != PoolKind.Max)
            {
                bool withPadding = kind == PoolKind.AverageWithPadding && rows.Kernel > 0;
                Spread(columns, from, withPadding ? rows.Kernel : end - first, withPadding, dx + start, end - first);
            }
            else if ((long)(end - first) * columns.Input <= CountedExactly && Down(x + start, end - first, columns.Input, scratch, width))
            {
                Along(columns, from, scratch, dx + start, width);
            }
            else
            {
                OneByOne(columns, from, x + start, dx + start, end - first);
            }
        }
    }

    private static void Common<TLane>(
        bool triples, PoolKind kind, in PoolAxis rows, in PoolAxis columns, float* dy, float* x, float* dx, bool accumulate, float* scratch)
        where TLane : struct, ILane<TLane>
    {
        if (triples)
        {
            PoolTriples.Backward<TLane>(rows, columns, dy, x, dx, accumulate, scratch);
        }
        else
        {
            PoolPairs.Backward<TLane>(kind == PoolKind.Max, rows, columns, dy, x, dx, accumulate);
        }
    }

    private static void Spread(in PoolAxis axis, float* dy, int high, bool withPadding, float* dx, int rows)
    {
        for (int j = 0; j < axis.Output; j++)
        {
            int start = axis.Start(j);
            int end = axis.End(j);
            int wide = withPadding ? axis.Kernel : end - start;
            float share = dy[j] / ((float)high * wide);
            for (int r = 0; r < rows; r++)
            {
                float* row = dx + ((nint)r * axis.Input);
                for (int c = start; c < end; c++)
                {
                    row[c] += share;
                }
            }
        }
    }

    // down the columns: each column's largest value and, behind them, the first place that holds it; false when a NaN is among them
    private static bool Down(float* x, int rows, int columns, float* largest, LaneWidth width) => width switch
    {
        LaneWidth.Sixteen => Down<Lane16>(x, rows, columns, largest),
        LaneWidth.Eight => Down<Lane8>(x, rows, columns, largest),
        LaneWidth.Four => Down<Lane4>(x, rows, columns, largest),
        _ => Down<Lane1>(x, rows, columns, largest),
    };

    private static bool Down<TLane>(float* x, int rows, int columns, float* largest) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        float* holders = largest + columns;
        var nothing = TLane.Splat(0f);
        TLane first;
        fixed (float* numbers = LanePlaces.Numbers)
        {
            first = TLane.Load(numbers);
        }

        for (int c = 0; c < columns; c += width)
        {
            int count = Math.Min(width, columns - c);
            bool whole = count == width;
            var most = whole ? TLane.Load(x + c) : TLane.LoadPartial(x + c, count);
            var place = first + TLane.Splat(c);
            var holder = place;
            for (int r = 1; r < rows; r++)
            {
                float* row = x + ((nint)r * columns) + c;
                var value = whole ? TLane.Load(row) : TLane.LoadPartial(row, count);
                holder = TLane.SelectGreater(value, most, place + TLane.Splat(r * columns), holder);
                most = TLane.Max(most, value);
            }

            nothing = TLane.SelectNaN(most, most, nothing);
            if (whole)
            {
                TLane.Store(most, largest + c);
                TLane.Store(holder, holders + c);
            }
            else
            {
                TLane.StorePartial(most, largest + c, count);
                TLane.StorePartial(holder, holders + c, count);
            }
        }

        return !float.IsNaN(TLane.FoldMax(nothing));
    }

    // along the row: the largest of a window's columns, the first place where several are equal
    private static void Along(in PoolAxis axis, float* dy, float* largest, float* dx, LaneWidth width)
    {
        float* holders = largest + axis.Input;
        float* windows = holders + axis.Input;
        // windows that begin at every column, many at once, cost less than the wanted ones alone, whose largest column no branch predictor guesses
        bool ahead = axis.Kernel > 1 && axis.Kernel <= axis.Input && axis.Stride <= 4;
        if (ahead)
        {
            int count = axis.Input - axis.Kernel + 1;
            switch (width)
            {
                case LaneWidth.Sixteen:
                    Everywhere<Lane16>(axis.Kernel, count, largest, holders, windows);
                    break;
                case LaneWidth.Eight:
                    Everywhere<Lane8>(axis.Kernel, count, largest, holders, windows);
                    break;
                case LaneWidth.Four:
                    Everywhere<Lane4>(axis.Kernel, count, largest, holders, windows);
                    break;
                default:
                    Everywhere<Lane1>(axis.Kernel, count, largest, holders, windows);
                    break;
            }
        }

        for (int j = 0; j < axis.Output; j++)
        {
            int start = axis.Start(j);
            int end = axis.End(j);
            float place = ahead && end - start == axis.Kernel ? windows[start] : First(largest, holders, start, end);
            dx[(nint)place] += dy[j];
        }
    }

    // the first place of the largest value for every window that begins at one of the first columns
    private static void Everywhere<TLane>(int kernel, int count, float* largest, float* holders, float* windows) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        for (int c = 0; c < count; c += width)
        {
            int here = Math.Min(width, count - c);
            bool whole = here == width;
            var most = whole ? TLane.Load(largest + c) : TLane.LoadPartial(largest + c, here);
            var holder = whole ? TLane.Load(holders + c) : TLane.LoadPartial(holders + c, here);
            for (int k = 1; k < kernel; k++)
            {
                var value = whole ? TLane.Load(largest + c + k) : TLane.LoadPartial(largest + c + k, here);
                var other = whole ? TLane.Load(holders + c + k) : TLane.LoadPartial(holders + c + k, here);
                holder = TLane.SelectGreater(value, most, other, TLane.SelectEqual(value, most, TLane.Min(holder, other), holder));
                most = TLane.Max(most, value);
            }

            if (whole)
            {
                TLane.Store(holder, windows + c);
            }
            else
            {
                TLane.StorePartial(holder, windows + c, here);
            }
        }
    }

    private static float First(float* largest, float* holders, int start, int end)
    {
        float most = largest[start];
        float place = holders[start];
        for (int c = start + 1; c < end; c++)
        {
            if (largest[c] > most || (largest[c] == most && holders[c] < place))
            {
                most = largest[c];
                place = holders[c];
            }
        }

        return place;
    }

    // place by place: rows that hold a NaN, and windows too large for places as numbers in single precision
    private static void OneByOne(in PoolAxis axis, float* dy, float* x, float* dx, int rows)
    {
        for (int j = 0; j < axis.Output; j++)
        {
            int start = axis.Start(j);
            int end = axis.End(j);
            nint at = start;
            for (int r = 0; r < rows; r++)
            {
                nint row = (nint)r * axis.Input;
                for (nint place = row + start; place < row + end; place++)
                {
                    if (!float.IsNaN(x[at]) && !(x[place] <= x[at]))
                    {
                        at = place;
                    }
                }
            }

            dx[at] += dy[j];
        }
    }
}
