using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests;

public sealed unsafe class FoldTests
{
    private static IEnumerable<int> Lengths => Sample.Lengths.Concat(Tiny.On ? [1025] : [1000, 1023, 1024, 1025, 2048, 4095, 4097, 10_000, 70_001]);

    [Fact]
    public void Every_lane_width_gives_the_same_bits()
    {
        foreach (int n in Lengths)
        {
            using var x = new GuardedFloats(Sample.Numbers(n, n, 100f), n % 7);
            using var copy = new GuardedFloats(Sample.Numbers(n, n, 100f), 3);
            using var y = new GuardedFloats(Sample.Numbers(n, n + 5, 100f), 1);
            foreach (var width in Sample.Widths)
            {
                Assert.Equal(Fold.Run<SumFold>(x, n, LaneWidth.One), Fold.Run<SumFold>(x, n, width));
                Assert.Equal(Fold.Run<SumOfSquaresFold>(x, n, LaneWidth.One), Fold.Run<SumOfSquaresFold>(x, n, width));
                Assert.Equal(Fold.Run<MaxFold>(x, n, LaneWidth.One), Fold.Run<MaxFold>(x, n, width));
                Assert.Equal(Fold.Run<MinFold>(x, n, LaneWidth.One), Fold.Run<MinFold>(x, n, width));
                Assert.Equal(DoubleFold.Run(x, null, n, LaneWidth.One), DoubleFold.Run(x, null, n, width));
                Assert.Equal(DoubleFold.Run(x, x, n, LaneWidth.One), DoubleFold.Run(x, x, n, width));
                Assert.Equal(DoubleFold.Run(x, y, n, LaneWidth.One), DoubleFold.Run(x, y, n, width));
                Assert.Equal(DoubleFold.Run(x, copy, n, width), DoubleFold.Run(x, x, n, width));
            }
        }
    }

    [Fact]
    public void Sums_keep_the_stated_error_bound()
    {
        foreach (int n in Lengths)
        {
            var values = Sample.Numbers(n, n + 9, 1000f);
            using var x = new GuardedFloats(values);
            double absolute = values.Sum(v => Math.Abs((double)v));
            double squares = ReferenceFolds.Dot(values, values);
            double steps = 22 + Math.Ceiling(Math.Log2(Math.Max(1, n / 1024.0)));
            double bound = steps * Math.Pow(2, -24);
            Assert.InRange(Fold.Run<SumFold>(x, n) - ReferenceFolds.Sum(values), -bound * absolute, bound * absolute);
            Assert.InRange(Fold.Run<SumOfSquaresFold>(x, n) - squares, -bound * squares, bound * squares);
            Assert.Equal(ReferenceFolds.Max(values), Fold.Run<MaxFold>(x, n));
            Assert.Equal(ReferenceFolds.Min(values), Fold.Run<MinFold>(x, n));
        }
    }

    [Fact]
    public void Double_sums_and_dot_products_keep_the_stated_error_bound()
    {
        foreach (int n in Lengths)
        {
            var left = Sample.Numbers(n, n + 1, 1000f);
            var right = Sample.Numbers(n, n + 2, 1000f);
            using var a = new GuardedFloats(left, 1);
            using var b = new GuardedFloats(right, 2);
            double steps = ((double)n / DoubleFold.BlockSize) + 1029;
            double dotBound = ((n < 128 ? 0 : 3 * Math.Pow(2, -24)) + steps * Math.Pow(2, -53)) * left.Zip(right).Sum(p => Math.Abs((double)p.First * p.Second));
            double sumBound = steps * Math.Pow(2, -53) * left.Sum(v => Math.Abs((double)v));
            Assert.InRange(DoubleFold.Dot(a, b, n) - ReferenceFolds.Dot(left, right), -dotBound, dotBound);
            Assert.InRange(DoubleFold.Sum(a, n) - ReferenceFolds.Sum(left), -sumBound, sumBound);
            Assert.Equal(DoubleFold.Dot(a, a, n), DoubleFold.SquaredNorm(a, n));
        }
    }

    [Theory]
    [InlineData(1e30f)] // products overflow single precision
    [InlineData(1e-30f)] // products vanish in it
    [InlineData(1e-42f)] // denormal
    public void Dot_products_keep_the_range_of_double_precision(float scale)
    {
        foreach (int n in Lengths)
        {
            var left = Sample.Numbers(n, n + 6, scale);
            var right = Sample.Numbers(n, n + 7, scale);
            using var a = new GuardedFloats(left, 1);
            using var b = new GuardedFloats(right, 2);
            double relative = (((double)n / DoubleFold.BlockSize) + 1029) * Math.Pow(2, -53);
            double bound = relative * left.Zip(right).Sum(p => Math.Abs((double)p.First * p.Second));
            double squares = ReferenceFolds.Dot(left, left);
            foreach (var width in Sample.Widths)
            {
                Assert.InRange(DoubleFold.Run(a, b, n, width) - ReferenceFolds.Dot(left, right), -bound, bound);
                Assert.InRange(DoubleFold.Run(a, a, n, width) - squares, -relative * squares, relative * squares);
            }
        }
    }

    [Fact]
    public void Infinities_reach_dot_products_with_their_sign()
    {
        using var a = new GuardedFloats(Sample.Numbers(300, 1), 1);
        using var b = new GuardedFloats(Enumerable.Repeat(2f, 300).ToArray(), 2);
        a.Span[70] = float.NegativeInfinity;
        Assert.Equal(double.NegativeInfinity, DoubleFold.Dot(a, b, 300));
        Assert.Equal(double.PositiveInfinity, DoubleFold.SquaredNorm(a, 300));
        a.Span[250] = float.PositiveInfinity;
        Assert.True(double.IsNaN(DoubleFold.Dot(a, b, 300)));
    }

    [Fact]
    public void Blocks_folded_apart_and_merged_give_the_undivided_bits()
    {
        foreach (int n in Lengths)
        {
            using var x = new GuardedFloats(Sample.Numbers(n, n + 3));
            nint blocks = Fold.BlockCount(n);
            using var partials = new GuardedFloats((int)blocks);
            Fold.Blocks<SumFold>(x, n, blocks / 2, blocks, partials);
            Fold.Blocks<SumFold>(x, n, 0, blocks / 2, partials);
            partials.AssertGuards("fold blocks");
            Assert.Equal(Fold.Run<SumFold>(x, n), Fold.MergeBlocks<SumFold>(partials, blocks));

            nint wide = DoubleFold.BlockCount(n);
            var doubles = new double[wide];
            fixed (double* d = doubles)
            {
                DoubleFold.Blocks(x, x, n, wide / 2, wide, d);
                DoubleFold.Blocks(x, x, n, 0, wide / 2, d);
                Assert.Equal(DoubleFold.Dot(x, x, n), DoubleFold.AddBlocks(d, wide));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(100)]
    public void A_NaN_anywhere_reaches_every_fold(int n)
    {
        for (int at = 0; at < n; at++)
        {
            using var x = new GuardedFloats(Sample.Numbers(n, 4));
            x.Span[at] = float.NaN;
            Assert.True(float.IsNaN(Fold.Run<SumFold>(x, n)));
            Assert.True(float.IsNaN(Fold.Run<MaxFold>(x, n)));
            Assert.True(float.IsNaN(Fold.Run<MinFold>(x, n)));
            Assert.True(double.IsNaN(DoubleFold.Dot(x, x, n)));
        }
    }

    [Fact]
    public void Rows_fold_along_the_last_axis_with_any_row_stride()
    {
        foreach (int columns in new[] { 1, 10, 17, 100, 1500 })
        {
            const int Rows = 5;
            int stride = columns + 3;
            using var x = new GuardedFloats(Sample.Numbers(Rows * stride, columns));
            using var sums = new GuardedFloats(Rows);
            using var means = new GuardedFloats(Rows);
            FoldRows.Run<SumFold>(x, stride, Rows, columns, sums);
            FoldRows.Mean(x, stride, Rows, columns, means);
            sums.AssertGuards("fold rows");
            for (int r = 0; r < Rows; r++)
            {
                double expected = ReferenceFolds.Sum(x.Span.Slice(r * stride, columns));
                Assert.Equal(expected, sums.Span[r], 1e-5 * columns);
                Assert.Equal(expected / columns, means.Span[r], 1e-5);
            }
        }
    }

    [Fact]
    public void ArgMax_takes_the_first_of_equals_and_a_NaN_before_all()
    {
        foreach (int columns in new[] { 1, 2, 10, 16, 17, 65 })
        {
            const int Rows = 40;
            var values = Sample.Numbers(Rows * columns, columns);
            var random = new Random(columns);
            for (int r = 0; r < Rows; r++)
            {
                // a tie in every second row, a NaN in every fifth
                if (r % 2 == 0)
                {
                    values[(r * columns) + random.Next(columns)] = 9f;
                    values[(r * columns) + random.Next(columns)] = 9f;
                }

                if (r % 5 == 0)
                {
                    values[(r * columns) + random.Next(columns)] = float.NaN;
                }
            }

            var actual = new int[Rows];
            fixed (float* x = values)
            fixed (int* index = actual)
            {
                FoldRows.ArgMax(x, columns, Rows, columns, index);
            }

            for (int r = 0; r < Rows; r++)
            {
                Assert.Equal(ReferenceFolds.ArgMax(values.AsSpan(r * columns, columns)), actual[r]);
            }
        }
    }

    [Fact]
    public void ArgMax_of_no_columns_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FoldRows.ArgMax(null, 0, 1, 0, null));

    [Fact]
    public void Columns_of_a_large_block_have_the_bits_of_the_same_columns_in_a_small_one()
    {
        foreach (var (rows, columns) in Tiny.On ? [(13, 5_100)] : new[] { (133, 700), (300, 601), (9, 9_000), (1_030, 97) })
        {
            int stride = columns + 3;
            var old = Sample.Numbers(columns, rows);
            using var x = new GuardedFloats(Sample.Numbers(rows * stride, columns + rows), 1);
            foreach (var width in Sample.Widths)
            {
                using var sum = new GuardedFloats(old, 1);
                using var parts = new GuardedFloats(old, 2);
                FoldColumns.Run<SumFold>(x, stride, rows, columns, sum, accumulate: true, width);
                sum.AssertGuards("fold columns, accumulating");
                for (int c = 0; c < columns; c += 32)
                    FoldColumns.Run<SumFold>(x.Pointer + c, stride, rows, Math.Min(32, columns - c), parts.Pointer + c, accumulate: true, width);
                FloatBits.AssertSame(parts.Span.ToArray(), sum.Span, $"fold columns, [{rows}, {columns}], width {width}");
            }
        }
    }

    [Fact]
    public void Columns_fold_along_the_first_axis_overwriting_or_accumulating()
    {
        foreach (int columns in new[] { 1, 5, 16, 31, 32, 33, 100 })
        {
            foreach (int rows in new[] { 0, 1, 2, 3, 4, 7, 128, 129, 300 })
            {
                int stride = columns + 2;
                var old = Sample.Numbers(columns, rows);
                using var x = new GuardedFloats(Sample.Numbers(rows * stride, columns + rows), 1);
                float[]? first = null;
                float[]? firstSum = null;
                foreach (var width in Sample.Widths)
                {
                    using var y = new GuardedFloats(columns, 2);
                    using var sum = new GuardedFloats(old, 1);
                    using var largest = new GuardedFloats(columns);
                    FoldColumns.Run<SumFold>(x, stride, rows, columns, y, accumulate: false, width);
                    FoldColumns.Run<SumFold>(x, stride, rows, columns, sum, accumulate: true, width);
                    FoldColumns.Run<MaxFold>(x, stride, rows, columns, largest, accumulate: false, width);
                    y.AssertGuards("fold columns");
                    sum.AssertGuards("fold columns, accumulating");
                    first ??= y.Span.ToArray();
                    firstSum ??= sum.Span.ToArray();
                    FloatBits.AssertSame(first, y.Span, $"fold columns, width {width}");
                    FloatBits.AssertSame(firstSum, sum.Span, $"fold columns accumulating, width {width}");
                    for (int c = 0; c < columns; c++)
                    {
                        var column = Enumerable.Range(0, rows).Select(r => x.Span[(r * stride) + c]).ToArray();
                        double bound = (34 + (rows / 128.0)) * Math.Pow(2, -24) * column.Sum(v => Math.Abs((double)v));
                        double expected = ReferenceFolds.Sum(column);
                        Assert.InRange(y.Span[c] - expected, -bound, bound);
                        Assert.InRange(sum.Span[c] - expected - old[c], -bound - 1e-5, bound + 1e-5);
                        Assert.Equal(ReferenceFolds.Max(column), largest.Span[c]);
                    }
                }
            }
        }
    }
}
