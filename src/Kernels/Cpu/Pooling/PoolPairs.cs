using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Windows of two by two places side by side, a lane of windows at a time: the even and the odd columns of both rows are four lanes. One plane, one thread.
/// </summary>
internal static unsafe class PoolPairs
{
    /// <summary>y[i, j] = max or mean over window (i, j) of x.</summary>
    /// <param name="max">The largest number, else the mean.</param>
    /// <param name="rows">The windows' rows.</param>
    /// <param name="columns">The windows' columns.</param>
    /// <param name="x">[rows.Input, columns.Input].</param>
    /// <param name="y">[rows.Output, columns.Output].</param>
    public static void Forward<TLane>(bool max, in PoolAxis rows, in PoolAxis columns, float* x, float* y) where TLane : struct, ILane<TLane>
    {
        nint input = columns.Input;
        int output = columns.Output;
        var places = TLane.Splat(4f);
        for (int i = 0; i < rows.Output; i++, x += 2 * input, y += output)
        {
            for (int j = 0; j < output; j += TLane.Count)
            {
                int left = output - j;
                LanePairs.Load(x + (2 * j), 2 * left, out TLane even, out var odd);
                LanePairs.Load(x + input + (2 * j), 2 * left, out TLane evenBelow, out var oddBelow);
                var value = max
                    ? TLane.Max(TLane.Max(even, evenBelow), TLane.Max(odd, oddBelow))
                    : ((even + evenBelow) + (odd + oddBelow)) / places;
                if (left >= TLane.Count)
                {
                    TLane.Store(value, y + j);
                }
                else
                {
                    TLane.StorePartial(value, y + j, left);
                }
            }
        }
    }

    /// <summary>dx ← or += the gradient of one plane.</summary>
    /// <param name="max">As forward.</param>
    /// <param name="rows">As forward.</param>
    /// <param name="columns">As forward.</param>
    /// <param name="dy">[rows.Output, columns.Output].</param>
    /// <param name="x">[rows.Input, columns.Input], read for maxima only.</param>
    /// <param name="dx">[rows.Input, columns.Input].</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    public static void Backward<TLane>(bool max, in PoolAxis rows, in PoolAxis columns, float* dy, float* x, float* dx, bool accumulate)
        where TLane : struct, ILane<TLane>
    {
        nint input = columns.Input;
        int output = columns.Output;
        var places = TLane.Splat(4f);
        var zero = TLane.Splat(0f);
        for (int i = 0; i < rows.Output; i++, dy += output, x += 2 * input, dx += 2 * input)
        {
            for (int j = 0; j < output; j += TLane.Count)
            {
                int left = output - j;
                var slope = left >= TLane.Count ? TLane.Load(dy + j) : TLane.LoadPartial(dy + j, left);
                TLane even = zero, odd = zero, evenBelow = zero, oddBelow = zero;
                if (accumulate)
                {
                    LanePairs.Load(dx + (2 * j), 2 * left, out even, out odd);
                    LanePairs.Load(dx + input + (2 * j), 2 * left, out evenBelow, out oddBelow);
                }

                if (max)
                {
                    var place = Largest<TLane>(x + (2 * j), x + input + (2 * j), 2 * left);
                    even = LanePlaces.AddWhereEqual(even, place, zero, slope);
                    odd = LanePlaces.AddWhereEqual(odd, place, TLane.Splat(1f), slope);
                    evenBelow = LanePlaces.AddWhereEqual(evenBelow, place, TLane.Splat(2f), slope);
                    oddBelow = LanePlaces.AddWhereEqual(oddBelow, place, TLane.Splat(3f), slope);
                }
                else
                {
                    var share = slope / places;
                    even += share;
                    odd += share;
                    evenBelow += share;
                    oddBelow += share;
                }

                LanePairs.Store(even, odd, dx + (2 * j), 2 * left);
                LanePairs.Store(evenBelow, oddBelow, dx + input + (2 * j), 2 * left);
            }
        }

        if (!accumulate)
        {
            ClearRest(rows, columns, dx - (2 * rows.Output * input));
        }
    }

    // places that no window sees; apart from the windows' loop, which a call would rob of its registers
    private static void ClearRest(in PoolAxis rows, in PoolAxis columns, float* dx)
    {
        nint input = columns.Input;
        int seen = 2 * columns.Output;
        for (int r = 0; seen < columns.Input && r < 2 * rows.Output; r++)
        {
            new Span<float>(dx + (r * input) + seen, columns.Input - seen).Clear();
        }

        for (int r = 2 * rows.Output; r < rows.Input; r++)
        {
            new Span<float>(dx + (r * input), columns.Input).Clear();
        }
    }

    // the place, 0 to 3, of each window's largest number
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLane Largest<TLane>(float* x, float* below, int count) where TLane : struct, ILane<TLane>
    {
        LanePairs.Load(x, count, out TLane even, out var odd);
        LanePairs.Load(below, count, out TLane evenBelow, out var oddBelow);
        var (one, two, three) = (TLane.Splat(1f), TLane.Splat(2f), TLane.Splat(3f));
        var (most, place) = (even, TLane.Splat(0f));

        // a sum with a NaN in it is NaN; that of opposite infinities too, which only costs time
        if (LanePlaces.AreNumbers((even + odd) + (evenBelow + oddBelow)))
        {
            PoolMaxima.Take(ref most, ref place, odd, one);
            PoolMaxima.Take(ref most, ref place, evenBelow, two);
            PoolMaxima.Take(ref most, ref place, oddBelow, three);
        }
        else
        {
            PoolMaxima.TakeAny(ref most, ref place, odd, one);
            PoolMaxima.TakeAny(ref most, ref place, evenBelow, two);
            PoolMaxima.TakeAny(ref most, ref place, oddBelow, three);
        }

        return place;
    }
}
