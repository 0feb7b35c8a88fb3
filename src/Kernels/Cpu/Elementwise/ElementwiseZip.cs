using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>y = f(a, b) for every element, one thread, over a range; y may be a or b itself (not a shifted overlap).</summary>
public static unsafe class ElementwiseZip
{
    /// <summary>y[i] = f(a[i], b[i]) for i below <paramref name="count"/>, with the widest lane of this machine.</summary>
    public static void Run<TOp>(in TOp op, float* a, float* b, float* y, nint count) where TOp : struct, IBinaryOp =>
        Run(op, a, 1, b, 1, y, count, LaneWidths.Widest);

    /// <summary>y[i] = f(a[i·aStride], b[i·bStride]) for strides 0 (one number for all) or 1, with a given lane width.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A stride other than 0 and 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOp>(in TOp op, float* a, nint aStride, float* b, nint bStride, float* y, nint count, LaneWidth width)
        where TOp : struct, IBinaryOp => Choose<TOp, Cached>(op, a, aStride, b, bStride, y, count, width);

    /// <summary>
    /// y[i] = f(a[i], b[i]), the same bits written past the caches: for results that are longer than the near caches and that nobody reads at
    /// once. y must not overlap a or b.
    /// </summary>
    public static void Stream<TOp>(in TOp op, float* a, float* b, float* y, nint count, LaneWidth width) where TOp : struct, IBinaryOp
    {
        // elements of y before a cache line one by one: every width gives the same bits
        var before = nint.Min(count, Streams.BeforeLine(y));
        Choose<TOp, Cached>(op, a, 1, b, 1, y, before, LaneWidth.One);
        Choose<TOp, Streamed>(op, a + before, 1, b + before, 1, y + before, count - before, width);
        Streams.Fence();
    }

    /// <summary>y[i·yStride] = f(a[i·aStride], b[i·bStride]); strides in elements, 0 for a repeated input.</summary>
    public static void Run<TOp>(in TOp op, float* a, nint aStride, float* b, nint bStride, float* y, nint yStride, nint count)
        where TOp : struct, IBinaryOp
    {
        if (yStride == 1 && aStride is 0 or 1 && bStride is 0 or 1)
        {
            Run(op, a, aStride, b, bStride, y, count, LaneWidths.Widest);
            return;
        }

        var local = op;
        for (nint i = 0; i < count; i++)
        {
            Lane1.Store(local.Forward(Lane1.Load(a + (i * aStride)), Lane1.Load(b + (i * bStride))), y + (i * yStride));
        }
    }

    /// <summary>y = f(a, b) over a strided space whose operands 0, 1, 2 are y, a, b.</summary>
    public static void Run<TOp>(in TOp op, in StridedSpace space, float* y, float* a, float* b) where TOp : struct, IBinaryOp =>
        Run(op, space, y, a, b, 0, space.RowCount);

    /// <summary>The same for the rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of the space: the piece of one thread.</summary>
    public static void Run<TOp>(in TOp op, in StridedSpace space, float* y, float* a, float* b, nint firstRow, nint endRow)
        where TOp : struct, IBinaryOp
    {
        for (var walk = new StridedWalk(space, firstRow, endRow); walk.HasRow; walk.Next())
        {
            Run(
                op, a + walk.Offset1, space.InnerStride1, b + walk.Offset2, space.InnerStride2,
                y + walk.Offset0, space.InnerStride0, space.InnerCount);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Choose<TOp, TWrite>(in TOp op, float* a, nint aStride, float* b, nint bStride, float* y, nint count, LaneWidth width)
        where TOp : struct, IBinaryOp
        where TWrite : struct, IWritePolicy
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Run<TOp, Lane16, TWrite>(op, a, aStride, b, bStride, y, count);
                break;
            case LaneWidth.Eight:
                Run<TOp, Lane8, TWrite>(op, a, aStride, b, bStride, y, count);
                break;
            case LaneWidth.Four:
                Run<TOp, Lane4, TWrite>(op, a, aStride, b, bStride, y, count);
                break;
            default:
                Run<TOp, Lane1, TWrite>(op, a, aStride, b, bStride, y, count);
                break;
        }
    }

    private static void Run<TOp, TLane, TWrite>(in TOp op, float* a, nint aStride, float* b, nint bStride, float* y, nint count)
        where TOp : struct, IBinaryOp
        where TLane : struct, ILane<TLane>
        where TWrite : struct, IWritePolicy
    {
        switch (aStride, bStride)
        {
            case (1, 1):
                Loop<TOp, TLane, Running<TLane>, Running<TLane>, TWrite>(op, a, b, y, count);
                break;
            case (1, 0):
                Loop<TOp, TLane, Running<TLane>, Repeated<TLane>, TWrite>(op, a, b, y, count);
                break;
            case (0, 1):
                Loop<TOp, TLane, Repeated<TLane>, Running<TLane>, TWrite>(op, a, b, y, count);
                break;
            case (0, 0):
                Loop<TOp, TLane, Repeated<TLane>, Repeated<TLane>, TWrite>(op, a, b, y, count);
                break;
            default:
                throw new ArgumentOutOfRangeException(
                    nameof(aStride), $"zip: lane-wide strides must be 0 or 1, got ({aStride}, {bStride}). Call the overload with a yStride.");
        }
    }

    private static void Loop<TOp, TLane, TA, TB, TWrite>(TOp op, float* a, float* b, float* y, nint count)
        where TOp : struct, IBinaryOp
        where TLane : struct, ILane<TLane>
        where TA : struct, IOperand<TA, TLane>
        where TB : struct, IOperand<TB, TLane>
        where TWrite : struct, IWritePolicy
    {
        if (count <= 0)
        {
            return;
        }

        // a repeated operand is read once, before y (which may be the same memory) is written
        var left = TA.Open(a);
        var right = TB.Open(b);
        nint i = 0;
        int width = TLane.Count;
        for (; i <= count - (4 * width); i += 4 * width)
        {
            if (TWrite.PastCaches)
            {
                Streams.Prefetch(a + i, 4 * width);
                Streams.Prefetch(b + i, 4 * width);
            }

            var a0 = left.At(i);
            var a1 = left.At(i + width);
            var a2 = left.At(i + (2 * width));
            var a3 = left.At(i + (3 * width));
            var b0 = right.At(i);
            var b1 = right.At(i + width);
            var b2 = right.At(i + (2 * width));
            var b3 = right.At(i + (3 * width));
            ElementwiseMap.Write<TLane, TWrite>(op.Forward(a0, b0), y + i);
            ElementwiseMap.Write<TLane, TWrite>(op.Forward(a1, b1), y + i + width);
            ElementwiseMap.Write<TLane, TWrite>(op.Forward(a2, b2), y + i + (2 * width));
            ElementwiseMap.Write<TLane, TWrite>(op.Forward(a3, b3), y + i + (3 * width));
        }

        for (; i <= count - width; i += width)
        {
            TLane.Store(op.Forward(left.At(i), right.At(i)), y + i);
        }

        if (i < count)
        {
            int rest = (int)(count - i);
            TLane.StorePartial(op.Forward(left.PartAt(i, rest), right.PartAt(i, rest)), y + i, rest);
        }
    }
}
