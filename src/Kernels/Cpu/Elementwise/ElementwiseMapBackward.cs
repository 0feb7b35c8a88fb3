using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// dx = dy·f′, the backward pass of <see cref="ElementwiseMap"/>: one thread, over a range. dx may be dy, x or y itself.
/// </summary>
public static unsafe class ElementwiseMapBackward
{
    /// <summary>dx[i] = dy[i]·f′(x[i], y[i]), or dx[i] += … with <paramref name="accumulate"/>.</summary>
    /// <param name="op">The op whose forward made y from x.</param>
    /// <param name="dy">Gradient by the output.</param>
    /// <param name="x">The input; not read (may be null) unless the op's needs name it.</param>
    /// <param name="y">The output; not read (may be null) unless the op's needs name it.</param>
    /// <param name="dx">Gradient by the input.</param>
    /// <param name="count">Elements.</param>
    /// <param name="accumulate">Add to dx (with one rounding) instead of overwriting it.</param>
    public static void Run<TOp>(in TOp op, float* dy, float* x, float* y, float* dx, nint count, bool accumulate)
        where TOp : struct, IDifferentiableUnaryOp =>
        Run(op, dy, x, y, dx, count, accumulate, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOp>(
        in TOp op, float* dy, float* x, float* y, float* dx, nint count, bool accumulate, LaneWidth width)
        where TOp : struct, IDifferentiableUnaryOp
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<TOp, Lane16>(op, dy, x, y, dx, count, accumulate);
                break;
            case LaneWidth.Eight:
                Loop<TOp, Lane8>(op, dy, x, y, dx, count, accumulate);
                break;
            case LaneWidth.Four:
                Loop<TOp, Lane4>(op, dy, x, y, dx, count, accumulate);
                break;
            default:
                Loop<TOp, Lane1>(op, dy, x, y, dx, count, accumulate);
                break;
        }
    }

    private static void Loop<TOp, TLane>(TOp op, float* dy, float* x, float* y, float* dx, nint count, bool accumulate)
        where TOp : struct, IDifferentiableUnaryOp
        where TLane : struct, ILane<TLane>
    {
        // what the op does not need is replaced by dy: always readable, and already in a register
        float* input = (TOp.Needs & DerivativeNeeds.Input) != 0 ? x : dy;
        float* output = (TOp.Needs & DerivativeNeeds.Output) != 0 ? y : dy;
        nint i = accumulate ? Add<TOp, TLane>(op, dy, input, output, dx, count)
            : TOp.IsLong ? One<TOp, TLane>(op, dy, input, output, dx, 0, count)
            : One<TOp, TLane>(op, dy, input, output, dx, Two<TOp, TLane>(op, dy, input, output, dx, count), count);
        if (i < count)
        {
            Tail<TOp, TLane>(op, dy + i, input + i, output + i, dx + i, (int)(count - i), accumulate);
        }
    }

    // whole lanes, one copy of the op in a method (ElementwiseMap says why); returns the elements done
    private static nint Add<TOp, TLane>(TOp op, float* dy, float* input, float* output, float* dx, nint count)
        where TOp : struct, IDifferentiableUnaryOp
        where TLane : struct, ILane<TLane>
    {
        nint i = 0;
        for (; i <= count - TLane.Count; i += TLane.Count)
        {
            var slope = op.Derivative(TLane.Load(input + i), TLane.Load(output + i));
            TLane.Store(TLane.FusedMultiplyAdd(TLane.Load(dy + i), slope, TLane.Load(dx + i)), dx + i);
        }

        return i;
    }

    private static nint One<TOp, TLane>(TOp op, float* dy, float* input, float* output, float* dx, nint i, nint count)
        where TOp : struct, IDifferentiableUnaryOp
        where TLane : struct, ILane<TLane>
    {
        for (; i <= count - TLane.Count; i += TLane.Count)
        {
            TLane.Store(TLane.Load(dy + i) * op.Derivative(TLane.Load(input + i), TLane.Load(output + i)), dx + i);
        }

        return i;
    }

    private static nint Two<TOp, TLane>(TOp op, float* dy, float* input, float* output, float* dx, nint count)
        where TOp : struct, IDifferentiableUnaryOp
        where TLane : struct, ILane<TLane>
    {
        nint i = 0;
        int width = TLane.Count;
        for (; i <= count - (2 * width); i += 2 * width)
        {
            var slope0 = op.Derivative(TLane.Load(input + i), TLane.Load(output + i));
            var slope1 = op.Derivative(TLane.Load(input + i + width), TLane.Load(output + i + width));
            var dy1 = TLane.Load(dy + i + width);
            TLane.Store(TLane.Load(dy + i) * slope0, dx + i);
            TLane.Store(dy1 * slope1, dx + i + width);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Tail<TOp, TLane>(TOp op, float* dy, float* input, float* output, float* dx, int count, bool accumulate)
        where TOp : struct, IDifferentiableUnaryOp
        where TLane : struct, ILane<TLane>
    {
        var slope = op.Derivative(TLane.LoadPartial(input, count), TLane.LoadPartial(output, count));
        var upstream = TLane.LoadPartial(dy, count);
        var old = accumulate ? TLane.LoadPartial(dx, count) : TLane.Splat(0f);
        TLane.StorePartial(accumulate ? TLane.FusedMultiplyAdd(upstream, slope, old) : upstream * slope, dx, count);
    }
}
