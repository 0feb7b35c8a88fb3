using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

public sealed class RandomCursorTests
{
    private static readonly RandomStream Stream = RandomStream.For(11, "cursor");

    [Fact]
    public void Sequential_words_are_the_streams_words()
    {
        var cursor = new RandomCursor(Stream, 2);
        for (ulong i = 2; i < 30; i++)
        {
            Assert.Equal(i, cursor.Position);
            Assert.Equal(Stream.UInt32(i), cursor.NextUInt32());
        }
    }

    [Fact]
    public void A_cursor_set_to_a_stored_position_goes_on_as_if_it_had_never_stopped()
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(50);
        Prop.ForAll(Gen.Choose(0, 40).ToArbitrary(), draws =>
        {
            var cursor = new RandomCursor(Stream);
            for (int i = 0; i < draws; i++)
            {
                Mixed(ref cursor, i);
            }

            var resumed = new RandomCursor(Stream, cursor.Position);
            var rewound = new RandomCursor(Stream);
            rewound.NextUInt32();
            rewound.Position = cursor.Position;
            for (int i = 0; i < 9; i++)
            {
                double expected = Mixed(ref cursor, i);
                Assert.Equal(expected, Mixed(ref resumed, i));
                Assert.Equal(expected, Mixed(ref rewound, i));
            }
        }).Check(config);
    }

    [Fact]
    public void All_orders_of_a_permutation_are_equally_likely()
    {
        var cursor = new RandomCursor(Stream);
        var counts = new Dictionary<int, int>();
        Span<int> order = stackalloc int[4];
        const int N = 24_000;
        for (int i = 0; i < N; i++)
        {
            cursor.Permutation(order);
            int code = (((((order[0] * 4) + order[1]) * 4) + order[2]) * 4) + order[3];
            counts[code] = counts.GetValueOrDefault(code) + 1;
        }

        Assert.Equal(24, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 1000 - 160, 1000 + 160));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 1000)]
    [InlineData(3, 5)]
    [InlineData(5, 5)]
    [InlineData(400, 1000)]
    public void A_sample_has_different_members_of_the_population(int size, int population)
    {
        var cursor = new RandomCursor(Stream);
        var target = new int[size];
        for (int i = 0; i < 20; i++)
        {
            cursor.Sample(target, population);
            Assert.Equal(size, target.Distinct().Count());
            Assert.All(target, member => Assert.InRange(member, 0, population - 1));
        }
    }

    [Theory]
    [InlineData(2, 9)]
    [InlineData(6, 9)]
    public void Every_member_is_equally_likely_at_every_place_of_a_sample(int size, int population)
    {
        const int N = 30_000;
        var cursor = new RandomCursor(Stream);
        var counts = new int[size, population];
        var target = new int[size];
        for (int i = 0; i < N; i++)
        {
            cursor.Sample(target, population);
            for (int place = 0; place < size; place++)
            {
                counts[place, target[place]]++;
            }
        }

        double expected = (double)N / population;
        foreach (int count in counts)
        {
            Assert.InRange(count, expected - (5.5 * Math.Sqrt(expected)), expected + (5.5 * Math.Sqrt(expected)));
        }
    }

    [Fact]
    public void Too_large_a_sample_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() =>
        {
            var cursor = new RandomCursor(Stream);
            cursor.Sample(new int[4], 3);
        });
        Assert.Contains("population of 3", error.Message);
    }

    [Fact]
    public void Drawing_allocates_nothing()
    {
        var cursor = new RandomCursor(Stream);
        int[] target = new int[20];
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Draw(ref cursor, target);
            }
        }));
    }

    private static void Draw(ref RandomCursor cursor, Span<int> target)
    {
        cursor.Permutation(target);
        cursor.Sample(target, 1000);
        cursor.NextNormal();
        RandomStream.For(3, "step", 4).Int32(1, 10);
    }

    private static double Mixed(ref RandomCursor cursor, int kind) => (kind % 5) switch
    {
        0 => cursor.NextUInt32(),
        1 => cursor.NextUniform(),
        2 => cursor.NextInt32(1_610_612_736),
        3 => cursor.NextNormal(),
        _ => cursor.NextUniformDouble(),
    };
}
