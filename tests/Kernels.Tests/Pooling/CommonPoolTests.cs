using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests;

/// <summary>The windows with kernels of their own: two by two side by side, three by three two apart, whole planes.</summary>
public sealed unsafe class CommonPoolTests
{
    private static readonly int[] Sides = Tiny.On ? [1, 2, 3, 5, 9] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 31, 32, 33, 34, 35, 63, 64, 65, 66, 67];

    private static readonly PoolGeometry[] Windows = [PoolGeometry.Square(2), PoolGeometry.Square(3, 2, 1)];

    public static TheoryData<PoolKind> Kinds => [PoolKind.Max, PoolKind.Average, PoolKind.AverageWithPadding];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_size_agrees_with_the_twin_in_every_lane_width(PoolKind kind) => ForEveryCase(kind, (count, seed) => Sample.Numbers(count, seed));

    [Fact]
    public void Equal_maxima_infinities_signed_zeros_and_NaN_agree_with_the_twin_in_every_lane_width()
    {
        ForEveryCase(PoolKind.Max, (count, seed) => Array.ConvertAll(Sample.Numbers(count, seed), MathF.Round));
        ForEveryCase(PoolKind.Max, Sample.NumbersWithSpecials);
        ForEveryCase(PoolKind.Max, (count, seed) => Picks(count, seed, [0f, -0f]));
        ForEveryCase(PoolKind.Max, (count, seed) => Picks(count, seed, [float.NegativeInfinity]));
        ForEveryCase(PoolKind.Max, (count, seed) => Picks(count, seed, [float.NegativeInfinity, float.NegativeInfinity, float.PositiveInfinity]));
        ForEveryCase(PoolKind.Max, (count, seed) => Picks(count, seed, [float.NaN]));
        ForEveryCase(PoolKind.Max, (count, seed) => Picks(count, seed, [.. Enumerable.Repeat(1f, 30), 2f, float.NaN]));
    }

    [Fact]
    public void A_NaN_at_any_place_gets_the_gradients_of_all_windows_that_see_it()
    {
        const int Height = 5, Width = 37;
        foreach (var geometry in Windows)
        {
            for (int at = 0; at < Height * Width; at += Tiny.Of(1, 7))
            {
                float[] x = Sample.Numbers(Height * Width, 5);
                x[at] = float.NaN;
                Check(PoolKind.Max, geometry, Height, Width, x, false);
            }
        }
    }

    [Fact]
    public void Planes_of_many_rows_and_of_long_rows_agree_with_the_twin()
    {
        // rows of windows are worked on in strips, fewer where they are long
        foreach (var (height, width) in Tiny.On ? [(131, 3)] : new[] { (127, 5), (128, 6), (129, 3), (131, 5), (258, 2), (9, 2061), (12, 8210), (75, 260) })
        {
            foreach (bool accumulate in new[] { false, true })
            {
                float[] x = Sample.Numbers(height * width, width);
                Check(PoolKind.Max, PoolGeometry.Square(3, 2, 1), height, width, x, accumulate);
                x[x.Length / 2] = float.NaN;
                Check(PoolKind.Max, PoolGeometry.Square(3, 2, 1), height, width, x, accumulate);
            }
        }
    }

    [Fact]
    public void Means_of_whole_planes_add_up_in_one_order_in_every_lane_width()
    {
        const int Planes = 3;
        foreach (int count in Sample.Lengths.Where(length => length > 0).Concat([160, 255, 256, 257, 300]))
        {
            using var x = new GuardedFloats(Sample.Numbers(Planes * count, count), 1);
            using var dy = new GuardedFloats(Sample.Numbers(Planes, 3));
            x.Span[0] = -0f;
            float[] expected = new float[Planes], shares = new float[Planes * count], added = new float[Planes * count];
            for (int p = 0; p < Planes; p++)
            {
                expected[p] = (float)((double)Sum(x.Span.Slice(p * count, count)) / count);
                Array.Fill(shares, dy.Span[p] / count, p * count, count);
                Array.Fill(added, 0.7f + (dy.Span[p] / count), p * count, count);
            }

            foreach (var width in Sample.Widths)
            {
                using var y = new GuardedFloats(Planes, 1);
                PoolWhole.Forward(x, Planes, count, y, width);
                y.AssertGuards("whole forward");
                FloatBits.AssertSame(expected, y.Span.ToArray(), $"{count} numbers, width {width}");
                foreach (bool accumulate in new[] { false, true })
                {
                    using var dx = new GuardedFloats(Planes * count, 1);
                    dx.Span.Fill(accumulate ? 0.7f : float.NaN);
                    PoolWhole.Backward(dy, Planes, count, dx, accumulate, width);
                    dx.AssertGuards("whole backward");
                    FloatBits.AssertSame(accumulate ? added : shares, dx.Span.ToArray(), $"{count} numbers backward, width {width}, accumulate {accumulate}");
                }
            }
        }
    }

    [Fact]
    public void Whole_planes_through_the_device_agree_with_the_twin()
    {
        const int Planes = 3 * 5, Count = 4 * 7;
        float[] x = Sample.Numbers(Planes * Count, 1), y = new float[Planes], dx = new float[Planes * Count];
        Array.Fill(dx, 1f);
        View images = Operand.Of(x, 3, 5, 4, 7), means = Operand.Of(y, 3, 5, 1, 1), gradient = Operand.Of(dx, 3, 5, 4, 7);
        Device.Host.Pool(PoolKind.Average, null, images, means);
        Operand.AssertClose([.. x.Chunk(Count).Select(plane => plane.Average(value => (double)value))], y, 1e-6, "means");
        Device.Host.PoolBackward(PoolKind.Average, null, means, images, gradient, true);
        Operand.AssertClose([.. Enumerable.Range(0, dx.Length).Select(i => 1.0 + (y[i / Count] / (double)Count))], dx, 1e-6, "gradient");
    }

    // number i enters accumulator i mod 32; the accumulators merge halves upon halves
    private static float Sum(ReadOnlySpan<float> x)
    {
        Span<float> places = stackalloc float[32];
        places.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            places[i % 32] += x[i];
        }

        for (int half = 16; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                places[i] += places[half + i];
            }
        }

        return places[0];
    }

    private static void ForEveryCase(PoolKind kind, Func<int, int, float[]> numbers)
    {
        foreach (var geometry in Windows)
        {
            foreach (int width in Sides)
            {
                foreach (int height in new[] { 1, 2, 3, 6, 7 })
                {
                    if (geometry.OutputHeight(height) > 0 && geometry.OutputWidth(width) > 0)
                    {
                        Check(kind, geometry, height, width, numbers(height * width, (100 * height) + width), false);
                        Check(kind, geometry, height, width, numbers(height * width, (100 * height) + width + 50), true);
                    }
                }
            }
        }
    }

    private static void Check(PoolKind kind, PoolGeometry geometry, int height, int width, float[] numbers, bool accumulate)
    {
        var rows = new PoolAxis(height, geometry.OutputHeight(height), geometry.KernelHeight, geometry.StrideHeight, geometry.PaddingHeight);
        var columns = new PoolAxis(width, geometry.OutputWidth(width), geometry.KernelWidth, geometry.StrideWidth, geometry.PaddingWidth);
        int output = rows.Output * columns.Output;
        float[] before = accumulate ? Sample.Numbers(height * width, 9) : new float[height * width];
        float[] slopes = Sample.Numbers(output, 3);
        double[] expected = new double[output], gradient = Array.ConvertAll(before, value => (double)value);
        float[] sums = [.. before];
        for (int o = 0; o < output; o++)
        {
            int?[] places = [.. ReferencePooling.Places(geometry, height, width, rows.Output, columns.Output, o / columns.Output, o % columns.Output)];
            expected[o] = ReferencePooling.Forward(kind, numbers, places);
            ReferencePooling.Backward(kind, slopes[o], numbers, places, gradient);
            if (kind == PoolKind.Max)
            {
                // the gradients of an element in the order of the windows
                double[] window = [.. places.Where(place => place is not null).Select(place => 0.0)];
                float[] values = [.. places.Where(place => place is not null).Select(place => numbers[place!.Value])];
                ReferencePooling.Backward(kind, 1.0, values, [.. Enumerable.Range(0, values.Length).Select(place => (int?)place)], window);
                sums[places.Where(place => place is not null).ElementAt(Array.IndexOf(window, 1.0))!.Value] += slopes[o];
            }
        }

        float[]? firstY = null, firstDx = null;
        foreach (var lanes in Sample.Widths)
        {
            string what = $"{kind} {geometry} {height}x{width}, width {lanes}, accumulate {accumulate}";
            using var x = new GuardedFloats(numbers, 1);
            using var y = new GuardedFloats(output, 3);
            using var forward = new GuardedFloats(width);
            PlanePool.Run(kind, rows, columns, x, y, forward, lanes);
            y.AssertGuards(what);
            forward.AssertGuards(what);
            using var dy = new GuardedFloats(slopes, 5);
            using var dx = new GuardedFloats(before, 2);
            using var scratch = new GuardedFloats(PlanePoolBackward.Scratch(columns));
            if (!accumulate)
            {
                dx.Span.Fill(float.NaN);
            }

            PlanePoolBackward.Run(kind, rows, columns, dy, x, dx, accumulate, scratch, lanes);
            dx.AssertGuards(what);
            scratch.AssertGuards(what);
            float[] values = y.Span.ToArray(), slope = dx.Span.ToArray();
            if (kind == PoolKind.Max)
            {
                FloatBits.AssertSame(Array.ConvertAll(expected, value => (float)value + 0f), Array.ConvertAll(values, value => value + 0f), what);
                FloatBits.AssertSame(sums, slope, what + " backward");
            }
            else
            {
                Operand.AssertClose(expected, values, 1e-6, what);
                Operand.AssertClose(gradient, slope, 2e-6, what + " backward");
            }

            firstY ??= values;
            firstDx ??= slope;
            FloatBits.AssertSame(firstY, values, what);
            FloatBits.AssertSame(firstDx, slope, what + " backward");
        }
    }

    private static float[] Picks(int count, int seed, float[] values)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => values[random.Next(values.Length)])];
    }
}
