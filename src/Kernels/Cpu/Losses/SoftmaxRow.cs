using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The numerically safe exponentials of one row, which softmax, log-softmax and cross-entropy share: the row's maximum m (after the
/// mask), eᵢ = exp(xᵢ + maskᵢ − m) and Σ eᵢ. Sums run over 16 accumulators (class mod 16), merged halves upon halves, so every lane
/// width gives the same bits.
/// </summary>
internal static unsafe class SoftmaxRow
{
    private const int Places = 16;
    private const int Chunk = 256;

    /// <summary>max over the classes of x + mask; NaN if any is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum<TLane>(float* x, float* mask, nint classes) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var largest = TLane.Splat(float.NegativeInfinity);
        nint i = 0;
        for (; i <= classes - width; i += width)
        {
            var value = TLane.Load(x + i);
            largest = TLane.Max(largest, mask == null ? value : value + TLane.Load(mask + i));
        }

        if (i < classes)
        {
            int rest = (int)(classes - i);
            var value = TLane.LoadPartial(x + i, rest);
            value = mask == null ? value : value + TLane.LoadPartial(mask + i, rest);
            largest = TLane.Max(largest, Below(value, rest, float.NegativeInfinity));
        }

        return TLane.FoldMax(largest);
    }

    /// <summary>y = exp(x + mask − maximum); returns the sum. y may be x, or null where only the sum is wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exponentials<TLane>(float* x, float* mask, float maximum, float* y, nint classes) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var shift = TLane.Splat(maximum);
        if (width == Places && classes <= Places)
        {
            // the whole row sits in one lane
            int all = (int)classes;
            var value = TLane.LoadPartial(x, all);
            value = mask == null ? value : value + TLane.LoadPartial(mask, all);
            var e = Below(LaneMath.Exp(value - shift), all, 0f);
            if (y != null)
            {
                TLane.StorePartial(e, y, all);
            }

            return TLane.FoldSum(e);
        }

        if (width == Places)
        {
            // the 16 accumulators are one lane
            var total = TLane.Splat(0f);
            nint c = 0;
            for (; c <= classes - Places; c += Places)
            {
                var value = TLane.Load(x + c);
                var e = LaneMath.Exp((mask == null ? value : value + TLane.Load(mask + c)) - shift);
                total += e;
                if (y != null)
                {
                    TLane.Store(e, y + c);
                }
            }

            if (c < classes)
            {
                int rest = (int)(classes - c);
                var value = TLane.LoadPartial(x + c, rest);
                var e = Below(LaneMath.Exp((mask == null ? value : value + TLane.LoadPartial(mask + c, rest)) - shift), rest, 0f);
                total += e;
                if (y != null)
                {
                    TLane.StorePartial(e, y + c, rest);
                }
            }

            return TLane.FoldSum(total);
        }

        // in chunks, so that a row whose exponentials nobody keeps needs only a small buffer; a chunk is a multiple of the 16 places
        float* places = stackalloc float[Places];
        new Span<float>(places, Places).Clear();
        float* buffer = stackalloc float[Chunk];
        for (nint first = 0; first < classes; first += Chunk)
        {
            int count = (int)nint.Min(Chunk, classes - first);
            float* target = y == null ? buffer : y + first;
            int i = 0;
            for (; i <= count - width; i += width)
            {
                var value = TLane.Load(x + first + i);
                value = mask == null ? value : value + TLane.Load(mask + first + i);
                TLane.Store(LaneMath.Exp(value - shift), target + i);
            }

            if (i < count)
            {
                int rest = count - i;
                var value = TLane.LoadPartial(x + first + i, rest);
                value = mask == null ? value : value + TLane.LoadPartial(mask + first + i, rest);
                TLane.StorePartial(LaneMath.Exp(value - shift), target + i, rest);
            }

            AddTo<TLane>(places, target, count);
        }

        for (int half = Places / 2; half >= width; half /= 2)
        {
            for (int p = 0; p < half; p += width)
            {
                TLane.Store(TLane.Load(places + p) + TLane.Load(places + half + p), places + p);
            }
        }

        return TLane.FoldSum(TLane.Load(places));
    }

    /// <summary>y *= factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale<TLane>(float* y, float factor, nint classes) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var factors = TLane.Splat(factor);
        nint i = 0;
        for (; i <= classes - width; i += width)
        {
            TLane.Store(TLane.Load(y + i) * factors, y + i);
        }

        if (i < classes)
        {
            int rest = (int)(classes - i);
            TLane.StorePartial(TLane.LoadPartial(y + i, rest) * factors, y + i, rest);
        }
    }

    // element i belongs to accumulator i mod 16; a narrow lane holds some of the 16 and walks several times
    private static void AddTo<TLane>(float* places, float* y, int count) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        for (int part = 0; part < Places; part += width)
        {
            var sum = TLane.Load(places + part);
            int i = part;
            for (; i <= count - width; i += Places)
            {
                sum += TLane.Load(y + i);
            }

            if (i < count)
            {
                sum += TLane.LoadPartial(y + i, count - i);
            }

            TLane.Store(sum, places + part);
        }
    }

    /// <summary>The value in the first places of a lane, another number in the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Below<TLane>(TLane value, int count, float otherwise) where TLane : struct, ILane<TLane>
    {
        fixed (float* places = PlaceNumbers)
        {
            return TLane.SelectGreater(TLane.Splat(count), TLane.Load(places), value, TLane.Splat(otherwise));
        }
    }

    private static ReadOnlySpan<float> PlaceNumbers => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
}
