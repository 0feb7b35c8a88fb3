using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Maxima over windows of three by three places, two apart, that reach one place beyond the image, and their gradient: a lane of windows at a time. Column
/// 2j − 1 is the left one of window j, 2j the middle one and 2j + 1 the right one; rows likewise. Backward, a row of windows is first looked through for
/// the places, 0 to 8, of its maxima; a row of dx is then gathered from the windows that see it and written once. One plane, one thread.
/// </summary>
internal static unsafe class PoolTriples
{
    private const int WidestLane = 16;

    private static ReadOnlySpan<float> Numbers => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>True for windows that these kernels take.</summary>
    public static bool Fits(in PoolAxis axis) => axis is { Kernel: 3, Stride: 2, Padding: 1 } && axis.Output == (axis.Input + 1) / 2;

    /// <summary>Numbers of scratch for a plane.</summary>
    public static int Scratch(in PoolAxis columns) => 4 * Row(columns);

    /// <summary>y[i, j] = the largest number of window (i, j) of x.</summary>
    /// <param name="rows">The windows' rows.</param>
    /// <param name="columns">The windows' columns.</param>
    /// <param name="x">[rows.Input, columns.Input].</param>
    /// <param name="y">[rows.Output, columns.Output].</param>
    public static void Forward<TLane>(in PoolAxis rows, in PoolAxis columns, float* x, float* y) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        int input = columns.Input;
        int output = columns.Output;
        TLane numbers;
        fixed (float* first = Numbers)
        {
            numbers = TLane.Load(first);
        }

        for (int i = 0; i < rows.Output; i++, y += output)
        {
            // a row or column beyond the image is taken for its neighbour inside, which changes no maximum
            float* middle = x + ((nint)2 * i * input);
            float* above = i > 0 ? middle - input : middle;
            float* below = (2 * i) + 1 < rows.Input ? middle + input : middle;
            for (int j = 0; j < output; j += width)
            {
                int c = 2 * j;
                int left = input - c;
                LanePairs.Load(above + c, left, out TLane even, out var odd);
                LanePairs.Load(middle + c, left, out TLane even1, out var odd1);
                LanePairs.Load(below + c, left, out TLane even2, out var odd2);
                even = TLane.Max(TLane.Max(even, even1), even2);
                odd = TLane.Max(TLane.Max(odd, odd1), odd2);
                if (left < 2 * width)
                {
                    odd = TLane.SelectGreaterOrEqual(numbers, TLane.Splat(left / 2), even, odd);
                }

                int before = Math.Max(0, c - 1);
                var value = TLane.Max(TLane.Max(even, odd), LanePlaces.Behind(odd, MathF.Max(MathF.Max(above[before], middle[before]), below[before])));
                if (output - j >= width)
                {
                    TLane.Store(value, y + j);
                }
                else
                {
                    TLane.StorePartial(value, y + j, output - j);
                }
            }
        }
    }

    /// <summary>dx ← or += the gradient of one plane; an element that several windows chose adds their gradients in the windows' order.</summary>
    /// <param name="rows">The windows' rows.</param>
    /// <param name="columns">The windows' columns.</param>
    /// <param name="dy">[rows.Output, columns.Output].</param>
    /// <param name="x">[rows.Input, columns.Input].</param>
    /// <param name="dx">[rows.Input, columns.Input].</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    /// <param name="scratch">As many numbers as <see cref="Scratch"/> says.</param>
    public static void Backward<TLane>(in PoolAxis rows, in PoolAxis columns, float* dy, float* x, float* dx, bool accumulate, float* scratch)
        where TLane : struct, ILane<TLane>
    {
        nint input = columns.Input;
        int output = columns.Output;
        int row = Row(columns);
        float* carried = scratch;
        float* places = scratch + (2 * row);
        float* placesAbove = places + row;
        for (int i = 0; i < rows.Output; i++)
        {
            bool below = (2 * i) + 1 < rows.Input;
            float* middle = x + ((nint)2 * i * input);
            Largest<TLane>(columns, i > 0, middle, below ? middle + input : middle, carried, carried + row, places);
            float* slopes = dy + ((nint)i * output);
            float* to = dx + ((nint)2 * i * input);
            if (i > 0)
            {
                Between<TLane>(columns, placesAbove, slopes - output, places, slopes, to - input, accumulate);
            }

            Single<TLane>(columns, places, slopes, 3f, to, accumulate);
            if (below && i == rows.Output - 1)
            {
                Single<TLane>(columns, places, slopes, 6f, to + input, accumulate);
            }

            float* free = placesAbove;
            placesAbove = places;
            places = free;
        }
    }

    private static int Row(in PoolAxis columns) => (columns.Output + WidestLane - 1) / WidestLane * WidestLane;

    // A place beyond the image stands for its neighbour inside: as the neighbour, by its number, where it is looked at first; behind it, it never wins.
    // The lower of the rows is the upper one of the next windows: its maxima and their columns are carried.
    private static void Largest<TLane>(in PoolAxis columns, bool above, float* middle, float* below, float* carried, float* carriedColumns, float* places)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        int input = columns.Input;
        TLane numbers;
        fixed (float* first = Numbers)
        {
            numbers = TLane.Load(first);
        }

        var left = LanePlaces.Behind(TLane.Splat(0f), 1f);
        for (int j = 0; j < columns.Output; j += width)
        {
            int c = 2 * j;
            LanePairs.Load(middle + c, input - c, out TLane even, out var odd);
            LanePairs.Load(below + c, input - c, out TLane evenBelow, out var oddBelow);
            if (input - c < 2 * width)
            {
                var inside = TLane.Splat((input - c) / 2);
                odd = TLane.SelectGreaterOrEqual(numbers, inside, even, odd);
                oddBelow = TLane.SelectGreaterOrEqual(numbers, inside, evenBelow, oddBelow);
            }

            int before = Math.Max(0, c - 1);
            var (most, place) = (LanePlaces.Behind(odd, middle[before]), left);
            var (mostBelow, placeBelow) = (LanePlaces.Behind(oddBelow, below[before]), left);
            var (one, two, three) = (TLane.Splat(1f), TLane.Splat(2f), TLane.Splat(3f));
            TLane mostAbove, placeAbove;

            // a sum with a NaN in it is NaN; that of opposite infinities too, which only costs time
            if (LanePlaces.AreNumbers((even + odd + most) + (evenBelow + oddBelow + mostBelow)))
            {
                PoolMaxima.Take(ref most, ref place, even, one);
                PoolMaxima.Take(ref mostBelow, ref placeBelow, evenBelow, one);
                PoolMaxima.Take(ref most, ref place, odd, two);
                PoolMaxima.Take(ref mostBelow, ref placeBelow, oddBelow, two);
                place += three;
                (mostAbove, placeAbove) = above ? (TLane.Load(carried + j), TLane.Load(carriedColumns + j)) : (most, place);
                PoolMaxima.Take(ref mostAbove, ref placeAbove, most, place);
                PoolMaxima.Take(ref mostAbove, ref placeAbove, mostBelow, placeBelow + (three + three));
            }
            else
            {
                PoolMaxima.TakeAny(ref most, ref place, even, one);
                PoolMaxima.TakeAny(ref mostBelow, ref placeBelow, evenBelow, one);
                PoolMaxima.TakeAny(ref most, ref place, odd, two);
                PoolMaxima.TakeAny(ref mostBelow, ref placeBelow, oddBelow, two);
                place += three;
                (mostAbove, placeAbove) = above ? (TLane.Load(carried + j), TLane.Load(carriedColumns + j)) : (most, place);
                PoolMaxima.TakeAny(ref mostAbove, ref placeAbove, most, place);
                PoolMaxima.TakeAny(ref mostAbove, ref placeAbove, mostBelow, placeBelow + (three + three));
            }

            TLane.Store(mostBelow, carried + j);
            TLane.Store(placeBelow, carriedColumns + j);
            TLane.Store(placeAbove, places + j);
            left = TLane.Splat(0f);
        }
    }

    // a row of dx that one row of windows sees; place is the number of the row's first place in them
    private static void Single<TLane>(in PoolAxis columns, float* places, float* slopes, float place, float* dx, bool accumulate)
        where TLane : struct, ILane<TLane>
    {
        var zero = TLane.Splat(0f);
        for (int j = 0; j < columns.Output; j += TLane.Count)
        {
            int c = 2 * j;
            TLane even = zero, odd = zero;
            if (accumulate)
            {
                LanePairs.Load(dx + c, columns.Input - c, out even, out odd);
            }

            Add(places, slopes, j, columns.Output, TLane.Splat(place), ref even, ref odd);
            LanePairs.Store(even, odd, dx + c, columns.Input - c);
        }
    }

    // a row of dx between two rows of windows: the lowest of the ones, the uppermost of the others
    private static void Between<TLane>(
        in PoolAxis columns, float* placesAbove, float* slopesAbove, float* places, float* slopes, float* dx, bool accumulate)
        where TLane : struct, ILane<TLane>
    {
        var zero = TLane.Splat(0f);
        for (int j = 0; j < columns.Output; j += TLane.Count)
        {
            int c = 2 * j;
            TLane even = zero, odd = zero;
            if (accumulate)
            {
                LanePairs.Load(dx + c, columns.Input - c, out even, out odd);
            }

            Add(placesAbove, slopesAbove, j, columns.Output, TLane.Splat(6f), ref even, ref odd);
            Add(places, slopes, j, columns.Output, zero, ref even, ref odd);
            LanePairs.Store(even, odd, dx + c, columns.Input - c);
        }
    }

    // An odd column is the right one of its window and the left one of the next. Behind the last window follows one without a gradient.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TLane>(float* places, float* slopes, int j, int output, TLane place, ref TLane even, ref TLane odd)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var zero = TLane.Splat(0f);
        var one = TLane.Splat(1f);
        bool more = output - j > width;
        var slope = output - j >= width ? TLane.Load(slopes + j) : TLane.LoadPartial(slopes + j, output - j);
        var holder = TLane.Load(places + j);
        var nextSlope = LanePlaces.Ahead(slope, more ? slopes[j + width] : 0f);
        var nextHolder = LanePlaces.Ahead(holder, more ? places[j + width] : -1f);
        even += TLane.SelectEqual(holder, place + one, slope, zero);
        odd += TLane.SelectEqual(holder, place + (one + one), slope, zero);
        odd += TLane.SelectEqual(nextHolder, place, nextSlope, zero);
    }
}
