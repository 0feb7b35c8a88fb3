using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>y = f(x) for every element, one thread, over a range; y may be x itself (not a shifted overlap).</summary>
public static unsafe class ElementwiseMap
{
    /// <summary>y[i] = f(x[i]) for i below <paramref name="count"/>, with the widest lane of this machine.</summary>
    public static void Run<TOp>(in TOp op, float* x, float* y, nint count) where TOp : struct, IUnaryOp =>
        Run(op, x, y, count, LaneWidths.Widest);

    /// <summary>y[i] = f(x[i]) with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOp>(in TOp op, float* x, float* y, nint count, LaneWidth width) where TOp : struct, IUnaryOp =>
        Run<TOp, Cached>(op, x, y, count, width);

    /// <summary>
    /// The same bits written past the caches: for results that are longer than the near caches and that nobody reads at once. y must not overlap x.
    /// </summary>
    public static void Stream<TOp>(in TOp op, float* x, float* y, nint count, LaneWidth width) where TOp : struct, IUnaryOp
    {
        // elements of y before a cache line one by one: every width gives the same bits
        var before = nint.Min(count, Streams.BeforeLine(y));
        Loop<TOp, Lane1, Cached>(op, x, y, before);
        Run<TOp, Streamed>(op, x + before, y + before, count - before, width);
        Streams.Fence();
    }

    /// <summary>y[i·yStride] = f(x[i·xStride]); strides in elements, 0 for a repeated input.</summary>
    public static void Run<TOp>(in TOp op, float* x, nint xStride, float* y, nint yStride, nint count) where TOp : struct, IUnaryOp
    {
        if (yStride == 1 && xStride == 1)
        {
            Run(op, x, y, count);
            return;
        }

        if (yStride == 1 && xStride == 0)
        {
            if (count > 0)
            {
                new Span<float>(y, checked((int)count)).Fill(op.Forward(new Lane1(*x)).Value);
            }

            return;
        }

        var local = op;
        for (nint i = 0; i < count; i++)
        {
            Lane1.Store(local.Forward(Lane1.Load(x + (i * xStride))), y + (i * yStride));
        }
    }

    /// <summary>y = f(x) over a strided space whose operand 0 is y and operand 1 is x.</summary>
    public static void Run<TOp>(in TOp op, in StridedSpace space, float* y, float* x) where TOp : struct, IUnaryOp =>
        Run(op, space, y, x, 0, space.RowCount);

    /// <summary>The same for the rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of the space: the piece of one thread.</summary>
    public static void Run<TOp>(in TOp op, in StridedSpace space, float* y, float* x, nint firstRow, nint endRow)
        where TOp : struct, IUnaryOp
    {
        for (var walk = new StridedWalk(space, firstRow, endRow); walk.HasRow; walk.Next())
        {
            Run(op, x + walk.Offset1, space.InnerStride1, y + walk.Offset0, space.InnerStride0, space.InnerCount);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run<TOp, TWrite>(in TOp op, float* x, float* y, nint count, LaneWidth width)
        where TOp : struct, IUnaryOp
        where TWrite : struct, IWritePolicy
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<TOp, Lane16, TWrite>(op, x, y, count);
                break;
            case LaneWidth.Eight:
                Loop<TOp, Lane8, TWrite>(op, x, y, count);
                break;
            case LaneWidth.Four:
                Loop<TOp, Lane4, TWrite>(op, x, y, count);
                break;
            default:
                Loop<TOp, Lane1, TWrite>(op, x, y, count);
                break;
        }
    }

    private static void Loop<TOp, TLane, TWrite>(TOp op, float* x, float* y, nint count)
        where TOp : struct, IUnaryOp
        where TLane : struct, ILane<TLane>
        where TWrite : struct, IWritePolicy
    {
        nint whole = TOp.IsLong ? 0 : Four<TOp, TLane, TWrite>(op, x, y, count);
        One<TOp, TLane, TWrite>(op, x + whole, y + whole, count - whole);
    }

    // as many elements as fill four lanes at a time; returns how many
    private static nint Four<TOp, TLane, TWrite>(TOp op, float* x, float* y, nint count)
        where TOp : struct, IUnaryOp
        where TLane : struct, ILane<TLane>
        where TWrite : struct, IWritePolicy
    {
        nint i = 0;
        int width = TLane.Count;

        // all four loads stand before the stores, so the four computations overlap even where y is x
        for (; i <= count - (4 * width); i += 4 * width)
        {
            if (TWrite.PastCaches)
                Streams.Prefetch(x + i, 4 * width);
            var x0 = TLane.Load(x + i);
            var x1 = TLane.Load(x + i + width);
            var x2 = TLane.Load(x + i + (2 * width));
            var x3 = TLane.Load(x + i + (3 * width));
            Write<TLane, TWrite>(op.Forward(x0), y + i);
            Write<TLane, TWrite>(op.Forward(x1), y + i + width);
            Write<TLane, TWrite>(op.Forward(x2), y + i + (2 * width));
            Write<TLane, TWrite>(op.Forward(x3), y + i + (3 * width));
        }

        return i;
    }

    // one copy of the op in the method: several copies of a long one exhaust the JIT's inlining budget (GELU: 2 to 6 times slower), and the processor overlaps the rounds itself
    private static void One<TOp, TLane, TWrite>(TOp op, float* x, float* y, nint count)
        where TOp : struct, IUnaryOp
        where TLane : struct, ILane<TLane>
        where TWrite : struct, IWritePolicy
    {
        nint i = 0;
        int width = TLane.Count;
        for (; i <= count - width; i += width)
        {
            if (TWrite.PastCaches)
                Streams.Prefetch(x + i, width);
            Write<TLane, TWrite>(op.Forward(TLane.Load(x + i)), y + i);
        }

        if (i < count)
            Tail<TOp, TLane>(op, x + i, y + i, (int)(count - i));
    }

    /// <summary>Stores a lane as the policy says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Write<TLane, TWrite>(TLane value, float* y)
        where TLane : struct, ILane<TLane>
        where TWrite : struct, IWritePolicy
    {
        if (TWrite.PastCaches)
            TLane.StorePastCaches(value, y);
        else
            TLane.Store(value, y);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Tail<TOp, TLane>(TOp op, float* x, float* y, int count)
        where TOp : struct, IUnaryOp
        where TLane : struct, ILane<TLane> =>
        TLane.StorePartial(op.Forward(TLane.LoadPartial(x, count)), y, count);
}
