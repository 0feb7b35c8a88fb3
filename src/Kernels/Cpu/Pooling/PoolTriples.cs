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
    private const int StripNumbers = 4096;
    private const int MaxStrip = 64;

    // the place of no window
    private const float None = -1f;

    /// <summary>True for windows that these kernels take.</summary>
    public static bool Fits(in PoolAxis axis) => axis is { Kernel: 3, Stride: 2, Padding: 1 } && axis.Output == (axis.Input + 1) / 2;

    /// <summary>Numbers of scratch for a plane.</summary>
    public static int Scratch(in PoolAxis columns) => (Strip(Row(columns)) + 1) * Row(columns);

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
        fixed (float* first = LanePlaces.Numbers)
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
        int row = Row(columns);
        int strip = Strip(row);
        for (int start = 0; start < rows.Output; start += strip)
        {
            int end = Math.Min(rows.Output, start + strip);
            if (start > 0)
            {
                new Span<float>(scratch + ((nint)strip * row), row).CopyTo(new Span<float>(scratch, row));
            }

            Largest<TLane>(rows, columns, start, end, x, scratch + row);
            Gather<TLane>(columns, start, end, scratch, dy, dx, accumulate);
            if (end == rows.Output && 2 * end == rows.Input)
            {
                nint last = end - 1;
                float* places = scratch + ((end - start) * (nint)row);
                GatherLast<TLane>(columns, places, dy + (last * columns.Output), dx + (((2 * last) + 1) * columns.Input), accumulate);
            }
        }
    }

    private static int Row(in PoolAxis columns) => (columns.Output + WidestLane - 1) / WidestLane * WidestLane;

    // rows of windows worked on together: their places stay in the first-level cache
    private static int Strip(int row) => Math.Clamp(StripNumbers / Math.Max(1, row), 1, MaxStrip);

    // A place beyond the image stands for its neighbour inside: as the neighbour, by its number, where it is looked at first; behind it, it never wins.
    // The lower row of windows is the upper one of the next windows: its maxima and their columns are carried down.
    private static void Largest<TLane>(in PoolAxis rows, in PoolAxis columns, int start, int end, float* x, float* places)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        int input = columns.Input;
        int row = Row(columns);
        TLane numbers;
        fixed (float* first = LanePlaces.Numbers)
        {
            numbers = TLane.Load(first);
        }

        var (one, two, three, six) = (TLane.Splat(1f), TLane.Splat(2f), TLane.Splat(3f), TLane.Splat(6f));
        var left = LanePlaces.Behind(TLane.Splat(0f), 1f);
        for (int j = 0; j < columns.Output; j += width)
        {
            float* to = places + j;
            float* middle = x + ((nint)2 * start * input) + (2 * j);
            int count = input - (2 * j);
            var inside = TLane.Splat(count < 2 * width ? count / 2 : width);
            int before = j > 0 ? -1 : 0;

            // above the image stands the first row, by its number
            float* above = start > 0 ? middle - input : middle;
            Triple(above, count, before, numbers, inside, out TLane most, out var even, out var odd);
            var place = left;
            PoolMaxima.TakeAny(ref most, ref place, even, one);
            PoolMaxima.TakeAny(ref most, ref place, odd, two);
            place += start > 0 ? TLane.Splat(0f) : three;
            for (int i = start; i < end; i++, to += row, middle += 2 * input)
            {
                float* below = (2 * i) + 1 < rows.Input ? middle + input : middle;
                Triple(middle, count, before, numbers, inside, out TLane mostMiddle, out even, out odd);
                Triple(below, count, before, numbers, inside, out TLane mostBelow, out var evenBelow, out var oddBelow);
                var placeMiddle = left;
                var placeBelow = left;

                // a sum with a NaN in it is NaN; that of opposite infinities too, which only costs time
                if (LanePlaces.AreNumbers((even + odd + mostMiddle) + (evenBelow + oddBelow + mostBelow)))
                {
                    PoolMaxima.Take(ref mostMiddle, ref placeMiddle, even, one);
                    PoolMaxima.Take(ref mostBelow, ref placeBelow, evenBelow, one);
                    PoolMaxima.Take(ref mostMiddle, ref placeMiddle, odd, two);
                    PoolMaxima.Take(ref mostBelow, ref placeBelow, oddBelow, two);
                    PoolMaxima.Take(ref most, ref place, mostMiddle, placeMiddle + three);
                    PoolMaxima.Take(ref most, ref place, mostBelow, placeBelow + six);
                }
                else
                {
                    PoolMaxima.TakeAny(ref mostMiddle, ref placeMiddle, even, one);
                    PoolMaxima.TakeAny(ref mostBelow, ref placeBelow, evenBelow, one);
                    PoolMaxima.TakeAny(ref mostMiddle, ref placeMiddle, odd, two);
                    PoolMaxima.TakeAny(ref mostBelow, ref placeBelow, oddBelow, two);
                    PoolMaxima.TakeAny(ref most, ref place, mostMiddle, placeMiddle + three);
                    PoolMaxima.TakeAny(ref most, ref place, mostBelow, placeBelow + six);
                }

                TLane.Store(place, to);
                most = mostBelow;
                place = placeBelow;
            }

            left = TLane.Splat(0f);
        }
    }

    // the left, the middle and the right columns of a lane of windows
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Triple<TLane>(float* x, int count, int before, TLane numbers, TLane inside, out TLane left, out TLane even, out TLane odd)
        where TLane : struct, ILane<TLane>
    {
        LanePairs.Load(x, count, out even, out odd);
        if (count < 2 * TLane.Count)
        {
            odd = TLane.SelectGreaterOrEqual(numbers, inside, even, odd);
        }

        left = LanePlaces.Behind(odd, x[before]);
    }

    // A row of dx that only these windows see, their middle one, and the row above it, the lowest one of the windows above.
    // Places begin with the row of windows above the first.
    private static void Gather<TLane>(in PoolAxis columns, int start, int end, float* places, float* dy, float* dx, bool accumulate)
        where TLane : struct, ILane<TLane>
    {
        int input = columns.Input;
        int output = columns.Output;
        int row = Row(columns);
        for (int i = start; i < end; i++, places += row)
        {
            float* slopes = dy + ((nint)i * output);
            float* to = dx + ((nint)2 * i * input);
            for (int j = 0; j < output; j += TLane.Count)
            {
                int c = 2 * j;
                int left = input - c;
                var windows = new Chosen<TLane>(places + row, slopes, j, output);
                TLane even, odd;
                if (i > 0)
                {
                    float* above = to + c - input;
                    Begin(above, left, accumulate, out even, out odd);
                    var windowsAbove = new Chosen<TLane>(places, slopes - output, j, output);
                    windowsAbove.Add(6, ref even, ref odd);
                    windows.Add(0, ref even, ref odd);
                    LanePairs.Store(even, odd, above, left);
                }

                Begin(to + c, left, accumulate, out even, out odd);
                windows.Add(3, ref even, ref odd);
                LanePairs.Store(even, odd, to + c, left);
            }
        }
    }

    // the last row of dx where it is the lowest one of the last windows
    private static void GatherLast<TLane>(in PoolAxis columns, float* places, float* slopes, float* dx, bool accumulate)
        where TLane : struct, ILane<TLane>
    {
        for (int j = 0; j < columns.Output; j += TLane.Count)
        {
            int c = 2 * j;
            var windows = new Chosen<TLane>(places, slopes, j, columns.Output);
            Begin(dx + c, columns.Input - c, accumulate, out TLane even, out var odd);
            windows.Add(6, ref even, ref odd);
            LanePairs.Store(even, odd, dx + c, columns.Input - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Begin<TLane>(float* dx, int count, bool accumulate, out TLane even, out TLane odd) where TLane : struct, ILane<TLane>
    {
        if (accumulate)
        {
            LanePairs.Load(dx, count, out even, out odd);
        }
        else
        {
            even = odd = TLane.Splat(0f);
        }
    }

    // A lane of windows with their maxima's places and gradients, and the windows one further. Behind the last window follows one without a gradient.
    private readonly struct Chosen<TLane> where TLane : struct, ILane<TLane>
    {
        private readonly TLane _place, _slope, _nextPlace, _nextSlope;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Chosen(float* places, float* slopes, int j, int output)
        {
            int width = TLane.Count;
            float nextPlace = None, nextSlope = 0f;
            if (output - j > width)
            {
                nextPlace = places[j + width];
                nextSlope = slopes[j + width];
            }

            _slope = output - j >= width ? TLane.Load(slopes + j) : TLane.LoadPartial(slopes + j, output - j);
            _place = TLane.Load(places + j);
            _nextSlope = LanePlaces.Ahead(_slope, nextSlope);
            _nextPlace = LanePlaces.Ahead(_place, nextPlace);
        }

        // the gradients of one row; first is the number of the windows' first place in it. An odd column is the right one of its window, the left one of the next
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(int first, ref TLane even, ref TLane odd)
        {
            even = LanePlaces.AddWhereEqual(even, _place, TLane.Splat(first + 1), _slope);
            odd = LanePlaces.AddWhereEqual(odd, _place, TLane.Splat(first + 2), _slope);
            odd = LanePlaces.AddWhereEqual(odd, _nextPlace, TLane.Splat(first), _nextSlope);
        }
    }
}
