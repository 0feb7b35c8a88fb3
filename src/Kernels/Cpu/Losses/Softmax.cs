using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Softmax and log-softmax over the last axis of [rows, classes], forward and backward. One thread, over a range of rows.
/// </summary>
public static unsafe class Softmax
{
    /// <summary>y[r, c] = exp(x[r, c])/Σ exp(x[r, ·]), safe at any magnitude. y may be x.</summary>
    /// <param name="x">[rows, classes], classes contiguous.</param>
    /// <param name="xStride">Elements from one row of x to the next.</param>
    /// <param name="mask">[classes], added to every row (0 or −∞), or null.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="y">[rows, classes].</param>
    /// <param name="yStride">Elements from one row of y to the next.</param>
    public static void Run(float* x, nint xStride, float* mask, nint rows, nint classes, float* y, nint yStride) =>
        Run(x, xStride, mask, rows, classes, y, yStride, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* x, nint xStride, float* mask, nint rows, nint classes, float* y, nint yStride, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<Lane16>(x, xStride, mask, rows, classes, y, yStride);
                break;
            case LaneWidth.Eight:
                Loop<Lane8>(x, xStride, mask, rows, classes, y, yStride);
                break;
            case LaneWidth.Four:
                Loop<Lane4>(x, xStride, mask, rows, classes, y, yStride);
                break;
            default:
                Loop<Lane1>(x, xStride, mask, rows, classes, y, yStride);
                break;
        }
    }

    /// <summary>y[r, c] = x[r, c] − m − ln Σ exp(x[r, ·] − m), m the row's maximum. y must not overlap x.</summary>
    public static void Log(float* x, nint xStride, float* mask, nint rows, nint classes, float* y, nint yStride)
    {
        for (nint r = 0; r < rows; r++)
        {
            float* from = x + (r * xStride);
            float* to = y + (r * yStride);
            var (maximum, sum) = Exponentials(from, mask, to, classes, LaneWidths.Widest);
            var op = new LogSoftmaxOp(maximum, LaneMath.Log(new Lane1(sum)).Value);
            if (mask == null)
            {
                ElementwiseMap.Run(op, from, to, classes);
            }
            else
            {
                ElementwiseZip.Run(op, from, mask, to, classes);
            }
        }
    }

    /// <summary>dx[r, c] = y·(dy − Σ dy·y), the backward pass of softmax. dx may be dy or y.</summary>
    public static void Backward(float* dy, nint dyStride, float* y, nint yStride, nint rows, nint classes, float* dx, nint dxStride)
    {
        for (nint r = 0; r < rows; r++)
        {
            float* gradient = dy + (r * dyStride);
            float* output = y + (r * yStride);
            var op = new SoftmaxBackwardOp((float)PairSums.Run(new ProductTerms(gradient, output), 1, 0, classes, LaneWidths.Widest).First);
            ElementwiseZip.Run(op, gradient, output, dx + (r * dxStride), classes);
        }
    }

    /// <summary>dx[r, c] = dy − exp(y)·Σ dy, the backward pass of log-softmax. dx may be dy or y.</summary>
    public static void LogBackward(float* dy, nint dyStride, float* y, nint yStride, nint rows, nint classes, float* dx, nint dxStride)
    {
        for (nint r = 0; r < rows; r++)
        {
            float* gradient = dy + (r * dyStride);
            var op = new LogSoftmaxBackwardOp((float)PairSums.Run(new ValueTerms(gradient), 1, 0, classes, LaneWidths.Widest).First);
            ElementwiseZip.Run(op, gradient, y + (r * yStride), dx + (r * dxStride), classes);
        }
    }

    private static (float Maximum, float Sum) Exponentials(float* x, float* mask, float* y, nint classes, LaneWidth width) => width switch
    {
        LaneWidth.Sixteen => Exponentials<Lane16>(x, mask, y, classes),
        LaneWidth.Eight => Exponentials<Lane8>(x, mask, y, classes),
        LaneWidth.Four => Exponentials<Lane4>(x, mask, y, classes),
        _ => Exponentials<Lane1>(x, mask, y, classes),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Maximum, float Sum) Exponentials<TLane>(float* x, float* mask, float* y, nint classes)
        where TLane : struct, ILane<TLane>
    {
        float maximum = SoftmaxRow.Maximum<TLane>(x, mask, classes);
        return (maximum, SoftmaxRow.Exponentials<TLane>(x, mask, maximum, y, classes));
    }

    private static void Loop<TLane>(float* x, nint xStride, float* mask, nint rows, nint classes, float* y, nint yStride)
        where TLane : struct, ILane<TLane>
    {
        for (nint r = 0; r < rows; r++)
        {
            float* to = y + (r * yStride);
            var (_, sum) = Exponentials<TLane>(x + (r * xStride), mask, to, classes);
            SoftmaxRow.Scale<TLane>(to, 1f / sum, classes);
        }
    }
}
