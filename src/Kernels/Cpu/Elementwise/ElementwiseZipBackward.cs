using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// da = dy·∂f/∂a or db = dy·∂f/∂b, the backward pass of <see cref="ElementwiseZip"/>: one thread, over a range. The result has the
/// output's shape; where an input was broadcast, a fold sums it afterwards.
/// </summary>
public static unsafe class ElementwiseZipBackward
{
    /// <summary>One side's gradient over contiguous operands.</summary>
    /// <param name="op">The op whose forward made y from a and b.</param>
    /// <param name="side">Which input's gradient to compute.</param>
    /// <param name="dy">Gradient by the output.</param>
    /// <param name="a">First input; not read (may be null) unless the op's needs name the input.</param>
    /// <param name="b">Second input; as <paramref name="a"/>.</param>
    /// <param name="y">The output; not read (may be null) unless the op's needs name it.</param>
    /// <param name="gradient">Receives the gradient; may be any of the operands itself.</param>
    /// <param name="count">Elements.</param>
    /// <param name="accumulate">Add (with one rounding) instead of overwriting.</param>
    public static void Run<TOp>(
        in TOp op, ZipSide side, float* dy, float* a, float* b, float* y, float* gradient, nint count, bool accumulate)
        where TOp : struct, IDifferentiableBinaryOp =>
        Run(op, side, dy, a, 1, b, 1, y, gradient, count, accumulate, LaneWidths.Widest);

    /// <summary>The same with strides 0 (one number for all) or 1 for a and b, and a given lane width.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A stride other than 0 and 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOp>(
        in TOp op, ZipSide side, float* dy, float* a, nint aStride, float* b, nint bStride, float* y, float* gradient, nint count,
        bool accumulate, LaneWidth width)
        where TOp : struct, IDifferentiableBinaryOp
    {
        if (((aStride | bStride) & ~1) != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(aStride), $"zip backward: lane-wide strides must be 0 or 1, got ({aStride}, {bStride}). Use the strided space.");
        }

        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<TOp, Lane16>(op, side, dy, a, aStride, b, bStride, y, gradient, count, accumulate);
                break;
            case LaneWidth.Eight:
                Loop<TOp, Lane8>(op, side, dy, a, aStride, b, bStride, y, gradient, count, accumulate);
                break;
            case LaneWidth.Four:
                Loop<TOp, Lane4>(op, side, dy, a, aStride, b, bStride, y, gradient, count, accumulate);
                break;
            default:
                Loop<TOp, Lane1>(op, side, dy, a, aStride, b, bStride, y, gradient, count, accumulate);
                break;
        }
    }

    /// <summary>
    /// The same over a strided space whose operands 0, 1, 2, 3 are the gradient, dy, a and b; y is laid out as dy.
    /// Rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) only.
    /// </summary>
    public static void Run<TOp>(
        in TOp op, ZipSide side, in StridedSpace space, float* gradient, float* dy, float* a, float* b, float* y, bool accumulate,
        nint firstRow, nint endRow)
        where TOp : struct, IDifferentiableBinaryOp
    {
        bool wide = space.InnerStride0 == 1 && space.InnerStride1 == 1 && ((space.InnerStride2 | space.InnerStride3) & ~1) == 0;
        for (var walk = new StridedWalk(space, firstRow, endRow); walk.HasRow; walk.Next())
        {
            float* g = gradient + walk.Offset0;
            float* d = dy + walk.Offset1;
            float* left = a + walk.Offset2;
            float* right = b + walk.Offset3;
            float* output = y + walk.Offset1;
            if (wide)
            {
                Run(
                    op, side, d, left, space.InnerStride2, right, space.InnerStride3, output, g, space.InnerCount, accumulate,
                    LaneWidths.Widest);
                continue;
            }

            for (nint i = 0; i < space.InnerCount; i++)
            {
                Loop<TOp, Lane1>(
                    op, side, d + (i * space.InnerStride1), left + (i * space.InnerStride2), 1, right + (i * space.InnerStride3), 1,
                    output + (i * space.InnerStride1), g + (i * space.InnerStride0), 1, accumulate);
            }
        }
    }

    private static void Loop<TOp, TLane>(
        TOp op, ZipSide side, float* dy, float* a, nint aStride, float* b, nint bStride, float* y, float* gradient, nint count,
        bool accumulate)
        where TOp : struct, IDifferentiableBinaryOp
        where TLane : struct, ILane<TLane>
    {
        // what the op does not need is replaced by dy: always readable, and already in a register
        bool needsInput = (TOp.Needs & DerivativeNeeds.Input) != 0;
        bool needsOutput = (TOp.Needs & DerivativeNeeds.Output) != 0;
        if (!needsInput)
        {
            a = dy;
            b = dy;
            aStride = 1;
            bStride = 1;
        }

        float* output = needsOutput ? y : dy;
        if (count <= 0)
        {
            return;
        }

        var repeatedA = TLane.Splat(*a);
        var repeatedB = TLane.Splat(*b);
        int width = TLane.Count;
        nint i = 0;
        for (; i <= count - width; i += width)
        {
            var left = aStride == 0 ? repeatedA : TLane.Load(a + i);
            var right = bStride == 0 ? repeatedB : TLane.Load(b + i);
            var result = TLane.Load(output + i);
            var slope = side == ZipSide.A ? op.DerivativeA(left, right, result) : op.DerivativeB(left, right, result);
            var upstream = TLane.Load(dy + i);
            TLane.Store(
                accumulate ? TLane.FusedMultiplyAdd(upstream, slope, TLane.Load(gradient + i)) : upstream * slope, gradient + i);
        }

        if (i < count)
        {
            int rest = (int)(count - i);
            var left = aStride == 0 ? repeatedA : TLane.LoadPartial(a + i, rest);
            var right = bStride == 0 ? repeatedB : TLane.LoadPartial(b + i, rest);
            var result = TLane.LoadPartial(output + i, rest);
            var slope = side == ZipSide.A ? op.DerivativeA(left, right, result) : op.DerivativeB(left, right, result);
            var upstream = TLane.LoadPartial(dy + i, rest);
            var old = accumulate ? TLane.LoadPartial(gradient + i, rest) : TLane.Splat(0f);
            TLane.StorePartial(accumulate ? TLane.FusedMultiplyAdd(upstream, slope, old) : upstream * slope, gradient + i, rest);
        }
    }
}
