using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Means over whole planes that lie one behind another, and their gradient. The sum of a short plane is added up here, in the order
/// of PairSums and to its bits, without a call per plane. One thread.
/// </summary>
public static unsafe class PoolWhole
{
    /// <summary>Numbers of a plane up to which a call for every plane costs more than its sum.</summary>
    private const int Short = 256;

    // accumulators of PairSums; number i of a plane enters accumulator i mod 32
    private const int Places = 32;

    /// <summary>y[p] = mean of x[p, :].</summary>
    /// <param name="x">[planes, count].</param>
    /// <param name="planes">Number of planes.</param>
    /// <param name="count">Numbers of a plane.</param>
    /// <param name="y">[planes].</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    public static void Forward(float* x, nint planes, nint count, float* y, LaneWidth width)
    {
        if (count <= Short && width == LaneWidth.Sixteen)
        {
            Forward<Lane16>(x, planes, (int)count, y);
        }
        else if (count <= Short && width == LaneWidth.Eight)
        {
            Forward<Lane8>(x, planes, (int)count, y);
        }
        else if (count <= Short && width == LaneWidth.Four)
        {
            Forward<Lane4>(x, planes, (int)count, y);
        }
        else
        {
            for (nint p = 0; p < planes; p++)
            {
                y[p] = (float)(PairSums.Run(new ValueTerms(x + (p * count)), 1, 0, count, width).First / count);
            }
        }
    }

    /// <summary>dx[p, :] ← or += dy[p]/count.</summary>
    /// <param name="dy">[planes].</param>
    /// <param name="planes">Number of planes.</param>
    /// <param name="count">Numbers of a plane.</param>
    /// <param name="dx">[planes, count].</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    public static void Backward(float* dy, nint planes, nint count, float* dx, bool accumulate, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Backward<Lane16>(dy, planes, count, dx, accumulate);
                break;
            case LaneWidth.Eight:
                Backward<Lane8>(dy, planes, count, dx, accumulate);
                break;
            case LaneWidth.Four:
                Backward<Lane4>(dy, planes, count, dx, accumulate);
                break;
            default:
                Backward<Lane1>(dy, planes, count, dx, accumulate);
                break;
        }
    }

    private static void Forward<TLane>(float* x, nint planes, int count, float* y) where TLane : struct, ILane<TLane>
    {
        // one rounding in single precision where PairSums' users divide in double: both numbers are single ones, so that the quotient is the same
        float divisor = count;
        for (nint p = 0; p < planes; p++, x += count)
        {
            TLane sum;
            if (TLane.Count == 16)
            {
                sum = Halves<TLane>(x, 0, count);
            }
            else if (TLane.Count == 8)
            {
                sum = Halves<TLane>(x, 0, count) + Halves<TLane>(x, 8, count);
            }
            else
            {
                sum = (Halves<TLane>(x, 0, count) + Halves<TLane>(x, 8, count)) + (Halves<TLane>(x, 4, count) + Halves<TLane>(x, 12, count));
            }

            y[p] = TLane.FoldSum(sum) / divisor;
        }
    }

    // the accumulators from this place on and those half of all places further up, merged
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLane Halves<TLane>(float* x, int place, int count) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        TLane a = TLane.Splat(0f), b = a;
        int i = place;
        for (; i + (Places / 2) + width <= count; i += Places)
        {
            a += TLane.Load(x + i);
            b += TLane.Load(x + i + (Places / 2));
        }

        // zeros behind the end change no bit: a sum that begins with 0 is never −0
        int left = count - i;
        if (left >= width)
        {
            a += TLane.Load(x + i);
        }
        else if (left > 0)
        {
            a += TLane.LoadPartial(x + i, left);
        }

        left -= Places / 2;
        if (left > 0)
        {
            b += TLane.LoadPartial(x + i + (Places / 2), left);
        }

        return a + b;
    }

    private static void Backward<TLane>(float* dy, nint planes, nint count, float* dx, bool accumulate) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        float divisor = count;
        for (nint p = 0; p < planes; p++, dx += count)
        {
            var share = TLane.Splat(dy[p] / divisor);
            nint c = 0;
            for (; c + width <= count; c += width)
            {
                TLane.Store(accumulate ? TLane.Load(dx + c) + share : share, dx + c);
            }

            int left = (int)(count - c);
            if (left > 0)
            {
                TLane.StorePartial(accumulate ? TLane.LoadPartial(dx + c, left) + share : share, dx + c, left);
            }
        }
    }
}
