using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public sealed class BatchPlanTests
{
    [Fact]
    public void Every_epoch_visits_every_image_exactly_once()
    {
        Gen<(int Count, int Size, int Task)> cases =
            from count in Gen.Choose(1, 300)
            from size in Gen.Choose(1, 40)
            from task in Gen.Choose(0, 5)
            select (count, size, task);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            BatchPlan plan = new(c.Count, c.Size, 11, c.Task);
            for (int epoch = 0; epoch < 2; epoch++)
            {
                Assert.Equal(Enumerable.Range(0, c.Count), Epoch(plan, epoch).Order());
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_order_depends_on_seed_task_and_epoch_only()
    {
        int[] order = Epoch(new BatchPlan(100, 10, 1, 2), 3);
        Assert.Equal(order, Epoch(new BatchPlan(100, 7, 1, 2), 3));
        Assert.NotEqual(order, Epoch(new BatchPlan(100, 10, 1, 2), 4));
        Assert.NotEqual(order, Epoch(new BatchPlan(100, 10, 1, 3), 3));
        Assert.NotEqual(order, Epoch(new BatchPlan(100, 10, 2, 2), 3));
    }

    [Fact]
    public void A_run_resumed_at_a_cursor_continues_as_if_it_had_never_stopped()
    {
        BatchPlan plan = new(47, 10, 5, 1);
        BatchCursor cursor = new(1, 0, 0);
        List<(BatchCursor At, int[] Indices)> whole = [];
        for (int i = 0; i < 20; i++)
        {
            BatchCursor at = cursor;
            whole.Add((at, Take(plan, ref cursor)));
        }

        Assert.Equal(new BatchCursor(1, 4, 0), cursor);
        for (int start = 0; start < whole.Count; start++)
        {
            BatchPlan fresh = new(47, 10, 5, 1);
            BatchCursor resumed = whole[start].At;
            for (int i = start; i < whole.Count; i++)
            {
                Assert.Equal(whole[i].Indices, Take(fresh, ref resumed));
            }
        }
    }

    [Theory]
    [InlineData(47, 10, false, 5, 7)]
    [InlineData(47, 10, true, 4, 10)]
    [InlineData(50, 10, false, 5, 10)]
    [InlineData(3, 10, false, 1, 3)]
    public void The_last_partial_batch_is_kept_unless_dropped(int count, int size, bool drop, int batches, int last)
    {
        BatchPlan plan = new(count, size, 0, 0, drop);
        Assert.Equal(batches, plan.BatchesPerEpoch);
        Assert.Equal(last, plan.Fill(0, batches - 1, new int[size]));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Fill(0, batches, new int[size]));
    }

    [Fact]
    public void Taking_batches_allocates_nothing()
    {
        BatchPlan plan = new(1000, 10, 0, 0);
        int[] indices = new int[10];
        BatchCursor cursor = default;
        plan.Next(ref cursor, indices);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            plan.Next(ref cursor, indices);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(10, cursor.Epoch);
    }

    [Fact]
    public void Every_place_of_the_order_is_equally_likely_for_every_image()
    {
        // chi-squared of 12 x 12 cells over 12,000 epochs; 121 degrees of freedom: mean 121, deviation 15.6
        const int N = 12, Epochs = 12_000;
        BatchPlan plan = new(N, N, 77, 0);
        int[,] seen = new int[N, N];
        int[] order = new int[N];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            plan.Fill(epoch, 0, order);
            for (int place = 0; place < N; place++)
            {
                seen[place, order[place]]++;
            }
        }

        double expected = Epochs / (double)N, chi = 0;
        foreach (int count in seen)
        {
            chi += (count - expected) * (count - expected) / expected;
        }

        Assert.InRange(chi, 121 - (5 * 15.6), 121 + (5 * 15.6));
    }

    [Fact]
    public void Wrong_requests_say_what_is_wrong()
    {
        Assert.Contains("drop", Assert.Throws<ArgumentException>(() => new BatchPlan(3, 10, 0, 0, dropLast: true)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchPlan(0, 10, 0, 0));
        BatchPlan plan = new(30, 10, 0, 4);
        Assert.Throws<ArgumentException>(() => plan.Fill(0, 0, new int[9]));
        BatchCursor elsewhere = new(3, 0, 0);
        Assert.Contains("task 3", Assert.Throws<ArgumentException>(() => plan.Next(ref elsewhere, new int[10])).Message);
    }

    private static int[] Epoch(BatchPlan plan, int epoch)
    {
        List<int> all = [];
        int[] indices = new int[plan.BatchSize];
        for (int batch = 0; batch < plan.BatchesPerEpoch; batch++)
        {
            all.AddRange(indices.AsSpan(0, plan.Fill(epoch, batch, indices)));
        }

        return [.. all];
    }

    private static int[] Take(BatchPlan plan, ref BatchCursor cursor)
    {
        int[] indices = new int[plan.BatchSize];
        return indices[..plan.Next(ref cursor, indices)];
    }
}
