using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>y = relu?((x − mean)·scale + bias + residual?) over one channel: the second half of a batch normalization. One thread.</summary>
public static unsafe class ChannelForward
{
    /// <summary>Normalizes one channel.</summary>
    /// <param name="channel">Rows and columns, the same for every operand.</param>
    /// <param name="x">First element of the channel.</param>
    /// <param name="residual">Added before the ReLU; null for none.</param>
    /// <param name="y">The result; may be x or the residual.</param>
    /// <param name="mean">Subtracted from x.</param>
    /// <param name="scale">gain/√(variance + ε).</param>
    /// <param name="bias">Added.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public static void Run(in ChannelArgs channel, float* x, float* residual, float* y, float mean, float scale, float bias, bool relu) =>
        Run(channel, x, residual, y, mean, scale, bias, relu, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        in ChannelArgs channel, float* x, float* residual, float* y, float mean, float scale, float bias, bool relu, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<Lane16>(channel, x, residual, y, mean, scale, bias, relu);
                break;
            case LaneWidth.Eight:
                Loop<Lane8>(channel, x, residual, y, mean, scale, bias, relu);
                break;
            case LaneWidth.Four:
                Loop<Lane4>(channel, x, residual, y, mean, scale, bias, relu);
                break;
            default:
                Loop<Lane1>(channel, x, residual, y, mean, scale, bias, relu);
                break;
        }
    }

    private static void Loop<TLane>(
        in ChannelArgs channel, float* x, float* residual, float* y, float mean, float scale, float bias, bool relu)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        nint columns = channel.Columns;
        nint whole = columns - (columns % width);
        int rest = (int)(columns - whole);
        var center = TLane.Splat(mean);
        var factor = TLane.Splat(scale);
        var addend = TLane.Splat(bias);
        var zero = TLane.Splat(0f);
        for (nint r = 0; r < channel.Rows; r++)
        {
            nint start = r * channel.RowStride;
            nint end = start + whole;
            for (nint i = start; i < end; i += width)
            {
                var value = TLane.FusedMultiplyAdd(TLane.Load(x + i) - center, factor, addend);
                value = residual == null ? value : value + TLane.Load(residual + i);
                TLane.Store(relu ? TLane.MaxNative(zero, value) : value, y + i);
            }

            if (rest > 0)
            {
                var value = TLane.FusedMultiplyAdd(TLane.LoadPartial(x + end, rest) - center, factor, addend);
                value = residual == null ? value : value + TLane.LoadPartial(residual + end, rest);
                TLane.StorePartial(relu ? TLane.MaxNative(zero, value) : value, y + end, rest);
            }
        }
    }
}
