using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests;

public sealed unsafe class RandomStreamTests
{
    private static readonly RandomStream Stream = RandomStream.For(42, "test", 7);

    [Fact]
    public void Seed_purpose_step_and_branch_each_change_the_stream_and_nothing_else_does()
    {
        uint reference = Stream.UInt32(0);
        Assert.Equal(reference, RandomStream.For(42, "test", 7).UInt32(0));
        Assert.Equal(reference, Stream.AtStep(8).AtStep(7).UInt32(0));
        uint[] others =
        [
            RandomStream.For(43, "test", 7).UInt32(0), RandomStream.For(42, "tesu", 7).UInt32(0), RandomStream.For(42, "test", 8).UInt32(0),
            Stream.Branch(0).UInt32(0), Stream.Branch(1).UInt32(0), Stream.UInt32(1),
        ];
        Assert.DoesNotContain(reference, others);
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Fact]
    public void Bulk_fills_equal_single_draws_at_every_offset_and_length()
    {
        foreach (int n in Sample.Lengths.Append(200))
        {
            foreach (ulong first in new ulong[] { 0, 1, 2, 3, 5, 1_000_003, 0xFFFFFFFF0 })
            {
                using var x = new GuardedFloats(n, n % 3);
                RandomFill.Words(Stream, first, (uint*)x.Pointer, n);
                x.AssertGuards("words");
                for (int i = 0; i < n; i++)
                {
                    Assert.Equal(Stream.UInt32(first + (ulong)i), ((uint*)x.Pointer)[i]);
                }

                RandomFill.Uniform(Stream, first, x, n);
                x.AssertGuards("uniform");
                for (int i = 0; i < n; i++)
                {
                    Assert.Equal(Stream.Uniform(first + (ulong)i), x.Span[i]);
                }

                RandomFill.Normal(Stream, first, x, n);
                x.AssertGuards("normal");
                for (int i = 0; i < n; i++)
                {
                    Assert.Equal(Stream.Normal(first + (ulong)i), x.Span[i]);
                }
            }
        }
    }

    [Fact]
    public void Uniform_ranges_and_normal_moments_are_scaled_with_one_rounding()
    {
        using var x = new GuardedFloats(100);
        RandomFill.Uniform(Stream, 0, x, 100, -2f, 6f);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(MathF.FusedMultiplyAdd(Stream.Uniform((ulong)i), 8f, -2f), x.Span[i]);
        }

        RandomFill.Normal(Stream, 0, x, 100, 3f, 0.5f);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(MathF.FusedMultiplyAdd(0.5f, Stream.Normal((ulong)i), 3f), x.Span[i]);
        }
    }

    [Fact]
    public void Normals_agree_with_the_double_precision_transform()
    {
        for (ulong i = 0; i < (ulong)Tiny.Of(100_000, 500); i++)
        {
            double expected = ReferenceRandom.Normal(Stream, i);

            // relative to the radius: near a zero of sine or cosine only the pair's length is meaningful
            double radius = Math.Sqrt(Math.Pow(ReferenceRandom.Normal(Stream, i & ~1ul), 2) + Math.Pow(ReferenceRandom.Normal(Stream, i | 1), 2));
            Assert.Equal(expected, Stream.Normal(i), 4e-7 * Math.Max(radius, 1e-3));
        }
    }

    [Fact]
    public void Uniform_and_normal_numbers_have_the_moments_of_their_distributions()
    {
        int n = Tiny.Of(1_000_000, 4000);
        using var x = new GuardedFloats(n);
        RandomFill.Uniform(Stream, 0, x, n);
        Assert.All(new[] { x.Span.ToArray().Min(), 1 - x.Span.ToArray().Max() }, v => Assert.True(v is >= 0 and < 0.01f));
        Assert.Equal(0.5, x.Span.ToArray().Average(v => (double)v), 5 / Math.Sqrt(12.0 * n));

        RandomFill.Normal(Stream, 0, x, n);
        var values = Array.ConvertAll(x.Span.ToArray(), v => (double)v);
        Assert.Equal(0, values.Average(), 5 / Math.Sqrt(n));
        Assert.Equal(1, values.Average(v => v * v), 5 * Math.Sqrt(2.0 / n));
        Assert.Equal(0, values.Average(v => v * v * v), 5 * Math.Sqrt(15.0 / n));
        Assert.Equal(3, values.Average(v => v * v * v * v), 5 * Math.Sqrt(96.0 / n));
        Assert.Equal(0.0455, values.Count(v => Math.Abs(v) > 2) / (double)n, 5 * Math.Sqrt(0.0435 / n));

        // the two numbers of a pair are independent
        double product = 0;
        for (int i = 0; i + 1 < n; i += 2)
        {
            product += values[i] * values[i + 1];
        }

        Assert.Equal(0, product / (n / 2), 5 / Math.Sqrt(n / 2.0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(1000)]
    public void Bounded_integers_are_equally_likely(int bound)
    {
        int n = Tiny.Of(200_000, 20_000);
        var counts = new int[bound];
        for (ulong i = 0; i < (ulong)n; i++)
        {
            counts[Stream.Int32(i, bound)]++;
        }

        // χ² with bound − 1 degrees of freedom, within five standard deviations
        double expected = (double)n / bound;
        double chi = counts.Sum(c => (c - expected) * (c - expected) / expected);
        Assert.InRange(chi, bound - 1 - (5 * Math.Sqrt(2.0 * bound)), bound - 1 + (5 * Math.Sqrt(2.0 * bound)));
    }

    [Fact]
    public void A_bound_that_rejects_often_stays_within_range_and_unbiased()
    {
        // 2³² mod 2³⁰·1.5 rejects one word in four; the halves of the range are equally likely
        const int Bound = 1_610_612_736;
        int n = Tiny.Of(40_000, 2000);
        int low = 0;
        for (ulong i = 0; i < (ulong)n; i++)
        {
            int value = Stream.Int32(i, Bound);
            Assert.InRange(value, 0, Bound - 1);
            low += value < Bound / 2 ? 1 : 0;
        }

        Assert.Equal(0.5, low / (double)n, 2.5 / Math.Sqrt(n));
        Assert.Throws<ArgumentOutOfRangeException>(() => Stream.Int32(0, 0));
    }
}
