using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed unsafe class GramRowsTests
{
    private static readonly LaneWidth[] Widths = Enum.GetValues<LaneWidth>();

    private static float[] Draw(int count, int seed, double scale = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(scale * TestMatrix.Gaussian(random, 1, 1)[0, 0]))];
    }

    private static float[][] Rows(float[] g, int rows, int columns, int stride) => [.. Enumerable.Range(0, rows).Select(i => g.AsSpan(i * stride, columns).ToArray())];

    private static double[] Run(
        float[] g, int rows, int columns, int stride, int row, WorkSplitter? splitter, LaneWidth width, GramPrecision precision = GramPrecision.Double)
    {
        var result = new double[row < 0 ? rows * rows : rows];
        fixed (float* p = g)
        fixed (double* k = result)
            GramRows.Run(p, stride, rows, columns, row, k, splitter, width, precision);
        return result;
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 8)]
    [InlineData(4, 9)]
    [InlineData(5, 31)]
    [InlineData(7, 4095)]
    [InlineData(8, 4096)]
    [InlineData(9, 4097)]
    [InlineData(6, 20_011)]
    [InlineData(20, 257)]
    [InlineData(32, 131)]
    [InlineData(33, 4_105)]
    [InlineData(70, 300)]
    public void Every_lane_width_and_thread_count_gives_the_bits_of_the_reference_to_within_rounding(int rows, int columns)
    {
        int stride = columns + 5;
        float[] g = Draw(rows * stride, rows + columns, 3);
        double[] expected = ReferenceGramRows.Gram(Rows(g, rows, columns, stride)), first = Run(g, rows, columns, stride, -1, null, LaneWidth.One);
        for (int e = 0; e < expected.Length; e++)
        {
            double scale = Math.Sqrt(expected[e / rows * (rows + 1)] * expected[e % rows * (rows + 1)]);
            Assert.Equal(expected[e], first[e], (columns / 4096.0 + 520) * 1.2e-16 * scale);
        }

        using var two = new WorkSplitter(2);
        using var seven = new WorkSplitter(7);
        foreach (LaneWidth width in Widths)
        {
            foreach (WorkSplitter? splitter in new[] { null, two, seven })
            {
                Assert.Equal(first, Run(g, rows, columns, stride, -1, splitter, width));
                for (int row = 0; row < rows; row++)
                    Assert.Equal(first[(row * rows)..((row + 1) * rows)], Run(g, rows, columns, stride, row, splitter, width));
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 15)]
    [InlineData(3, 16)]
    [InlineData(4, 17)]
    [InlineData(5, 511)]
    [InlineData(7, 513)]
    [InlineData(8, 4096)]
    [InlineData(9, 4111)]
    [InlineData(6, 20_011)]
    [InlineData(20, 1_061)]
    [InlineData(33, 4_105)]
    [InlineData(70, 300)]
    public void Mixed_precision_has_one_result_in_all_widths_and_on_all_threads_and_keeps_its_bound(int rows, int columns)
    {
        int stride = columns + 5;
        float[] g = Draw(rows * stride, rows + columns, 3);
        float[][] all = Rows(g, rows, columns, stride), magnitudes = [.. all.Select(row => row.Select(Math.Abs).ToArray())];
        double[] exact = ReferenceGramRows.Gram(all), sizes = ReferenceGramRows.Gram(magnitudes), first = Run(g, rows, columns, stride, -1, null, LaneWidth.One, GramPrecision.Mixed);
        for (int e = 0; e < exact.Length; e++)
        {
            double lengths = Math.Sqrt(exact[e / rows * (rows + 1)] * exact[e % rows * (rows + 1)]);
            Assert.Equal(exact[e], first[e], Math.ScaleB(sizes[e], -19));
            Assert.Equal(exact[e], first[e], Math.ScaleB(lengths, -18) / Math.Sqrt(columns)); // drawn numbers: four times the order that is promised
            Assert.Equal(first[e], first[(e % rows * rows) + (e / rows)]);
        }

        using var seven = new WorkSplitter(7);
        foreach (LaneWidth width in Widths)
        {
            Assert.Equal(first, Run(g, rows, columns, stride, -1, null, width, GramPrecision.Mixed));
            Assert.Equal(first, Run(g, rows, columns, stride, -1, seven, width, GramPrecision.Mixed));
        }
    }

    [Fact]
    public void More_blocks_than_chunks_are_summed_whole()
    {
        int columns = 75 * GramRows.Block + 3;
        float[] g = [.. Enumerable.Repeat(1f, columns), .. Enumerable.Repeat(-2f, columns)];
        Assert.Equal([columns, -2.0 * columns, -2.0 * columns, 4.0 * columns], Run(g, 2, columns, columns, -1, null, LaneWidths.Widest));
    }

    [Fact]
    public void Nothing_is_lost_where_single_precision_would_cancel_or_overflow()
    {
        float[] g = [1e20f, 1, -1e20f, 0, 1e20f, 1, 1e20f, 0];
        double[] k = Run(g, 2, 4, 4, -1, null, LaneWidths.Widest);
        Assert.Equal(1, k[1]);
        Assert.Equal(2e40, k[0], 1e34);
    }

    [Fact]
    public void Blocks_of_columns_add_up_to_the_whole()
    {
        const int rows = 5, columns = 9000;
        float[] g = Draw(rows * columns, 4);
        double[] whole = Run(g, rows, columns, columns, -1, null, LaneWidths.Widest), sum = new double[rows * rows];
        int[] cuts = [0, 17, 5000, columns];
        for (int m = 0; m < 3; m++)
        {
            double[] part = Run([.. g.Skip(cuts[m])], rows, cuts[m + 1] - cuts[m], columns, -1, null, LaneWidths.Widest);
            for (int e = 0; e < sum.Length; e++)
                sum[e] += part[e];
        }

        for (int e = 0; e < sum.Length; e++)
            Assert.Equal(whole[e], sum[e], 1e-9);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 31)]
    [InlineData(4, 100)]
    [InlineData(7, 20_003)]
    public void A_combination_is_rounded_once_and_the_same_in_any_width_on_any_number_of_threads(int count, int columns)
    {
        int stride = columns + 3;
        float[] g = Draw(count * stride, 1), start = Draw(columns, 2);
        double[] v = [.. Enumerable.Range(0, count).Select(i => i % 3 == 1 ? 0 : 0.7 * i - 1)];
        double[] expected = ReferenceGramRows.Combine(start, Rows(g, count, columns, stride), v);
        float[] Sum(WorkSplitter? splitter, LaneWidth width)
        {
            float[] z = (float[])start.Clone();
            fixed (float* p = g, t = z)
                RowCombination.Run(v, p, stride, columns, t, splitter, width);
            return z;
        }

        float[] alone = Sum(null, LaneWidth.One);
        for (int c = 0; c < columns; c++)
            Assert.Equal(expected[c], alone[c], 6e-8 * Math.Abs(expected[c]) + 1e-14);
        using var two = new WorkSplitter(2);
        using var seven = new WorkSplitter(7);
        foreach (LaneWidth width in Widths)
        {
            Assert.Equal(alone, Sum(null, width));
            Assert.Equal(alone, Sum(two, width));
            Assert.Equal(alone, Sum(seven, width));
        }
    }

    [Fact]
    public void Independence_is_the_smallest_squared_sine_between_a_row_and_those_before_it()
    {
        // lengths 2, 3, 5; the third lies 0.01 from the plane of the others
        double[][] rows = [[2, 0, 0], [0.6 * 3, 0.8 * 3, 0], [5 * 0.6, 5 * Math.Sqrt(0.64 - 1e-4), 5 * 0.01]];
        var gram = new double[12];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
                gram[(4 * i) + j] = rows[i].Zip(rows[j], (a, b) => a * b).Sum();
        }

        Assert.Equal(1e-4, GramRows.Independence(gram, 4, 3, new double[9]), 1e-12);
        Assert.Equal(0.64, GramRows.Independence(gram, 4, 2, new double[9]), 1e-12);
        Assert.Equal(1, GramRows.Independence(gram, 4, 1, new double[9]));
        Assert.Equal(0, GramRows.Independence([1, 2, 2, 4], 2, 2, new double[4]));
    }

    [Fact]
    public void Rows_without_a_coefficient_are_not_even_read()
    {
        float[] rows = [float.NaN, float.NaN, 1, 2], z = [10, 20];
        fixed (float* p = rows, t = z)
            RowCombination.Add([0, 0.5], p, 2, 2, t);
        Assert.Equal([10.5f, 21f], z);
    }

    [Fact]
    public void The_device_checks_its_operands()
    {
        using DeviceBuffer<float> buffer = Device.Host.Allocate<float>(12);
        Device.Host.Upload<float>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], buffer, 0);
        var rows = new View(buffer, Layout.RowMajor([3, 4]));
        var gram = new double[9];
        Device.Host.Gram(rows, gram);
        Assert.Equal([30, 70, 110, 70, 174, 278, 110, 278, 446], gram);
        var row = new double[3];
        Device.Host.GramRow(rows, 1, row);
        Assert.Equal([70, 174, 278], row);
        Assert.Contains("[3, 3]", Assert.Throws<ArgumentException>(() => Device.Host.Gram(rows, new double[8])).Message);
        Assert.Throws<ArgumentException>(() => Device.Host.Gram(rows.With(rows.Layout.Transpose(0, 1)), new double[16]));
        Assert.Throws<ArgumentException>(() => Device.Host.AddRows([1], rows, rows.With(rows.Layout.Select(0, 0))));
    }
}
