using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

public sealed class WorkSplitterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_chunk_runs_exactly_once(int threads)
    {
        using var splitter = new WorkSplitter(threads);
        foreach (var chunks in new[] { 0, 1, 2, 3, 7, 100 })
        {
            var body = new Count(new int[chunks]);
            splitter.Run(chunks, ref body);
            Assert.All(body.Seen, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void Thousands_of_small_runs_in_a_row_lose_and_repeat_nothing()
    {
        using var splitter = new WorkSplitter(3);
        var body = new Count(new int[9]);
        for (var run = 1; run <= 5000; run++)
        {
            var chunks = run % 8 + 2;
            Array.Clear(body.Seen);
            splitter.Run(chunks, ref body);
            for (var i = 0; i < body.Seen.Length; i++)
            {
                Assert.Equal(i < chunks ? 1 : 0, body.Seen[i]);
            }
        }
    }

    [Fact]
    public void Workers_that_have_gone_to_sleep_wake_up_again()
    {
        using var splitter = new WorkSplitter(2);
        for (var run = 0; run < 20; run++)
        {
            // two chunks that wait for each other: they end only when a second thread has come
            var body = new Meet(new Barrier(2));
            splitter.Run(2, ref body);
            body.Barrier.Dispose();
            Thread.Sleep(2);
        }
    }

    [Fact]
    public void An_exception_in_a_chunk_reaches_the_caller_and_the_splitter_still_works()
    {
        using var splitter = new WorkSplitter(3);
        for (var run = 0; run < 50; run++)
        {
            var failing = new Fail(run % 10);
            var thrown = Assert.Throws<InvalidOperationException>(() => splitter.Run(10, ref failing));
            Assert.Equal($"chunk {run % 10}", thrown.Message);
            var body = new Count(new int[10]);
            splitter.Run(10, ref body);
            Assert.All(body.Seen, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void A_run_inside_a_chunk_is_executed_inline()
    {
        using var splitter = new WorkSplitter(2);
        var body = new Nest(splitter, new int[40]);
        splitter.Run(4, ref body);
        Assert.All(body.Seen, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Two_threads_may_run_on_one_splitter_at_once()
    {
        using var splitter = new WorkSplitter(2);
        var failures = 0;
        var callers = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            var body = new Count(new int[6]);
            for (var run = 1; run <= 500; run++)
            {
                splitter.Run(6, ref body);
                if (body.Seen.Any(times => times != run))
                    Interlocked.Increment(ref failures);
            }
        })).ToList();
        callers.ForEach(c => c.Start());
        callers.ForEach(c => c.Join());
        Assert.Equal(0, failures);
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using var splitter = new WorkSplitter(2);
        var body = new Count(new int[8]);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                splitter.Run(8, ref body);
            }
        }));
    }

    [Fact]
    public void What_a_body_holds_survives_garbage_collections_during_the_run()
    {
        using var splitter = new WorkSplitter(2);
        var body = new Collect(new int[20]);
        splitter.Run(20, ref body);
        Assert.Equal(Enumerable.Range(1, 20), body.Seen);
    }

    [Fact]
    public void After_Dispose_a_run_is_executed_inline()
    {
        var splitter = new WorkSplitter(3);
        splitter.Dispose();
        splitter.Dispose();
        var body = new Count(new int[5]);
        splitter.Run(5, ref body);
        Assert.All(body.Seen, times => Assert.Equal(1, times));
    }

    [Fact]
    public void A_splitter_without_threads_is_refused() =>
        Assert.Contains("1 to 1024 threads", Assert.Throws<ArgumentOutOfRangeException>(() => new WorkSplitter(0)).Message);

    [Fact]
    public void SplitRange_covers_the_range_without_gap_or_overlap_in_even_parts()
    {
        var inputs =
            from length in Gen.Choose(0, 500)
            from parts in Gen.Choose(1, 20)
            from unit in Gen.Choose(1, 33)
            select (length, parts, unit);
        Prop.ForAll(Arb.From(inputs), x =>
        {
            var next = (nint)0;
            var (least, most) = (int.MaxValue, 0);
            for (var i = 0; i < x.parts; i++)
            {
                var (start, end) = WorkSplitter.SplitRange(x.length, x.parts, i, x.unit);
                Assert.Equal(next, start);
                Assert.True(start % x.unit == 0 || start == x.length);
                var units = (int)((end - start + x.unit - 1) / x.unit);
                (least, most) = (Math.Min(least, units), Math.Max(most, units));
                next = end;
            }

            Assert.Equal(x.length, (int)next);
            Assert.InRange(most - least, 0, 1);
        }).QuickCheckThrowOnFailure();
    }

    private readonly record struct Count(int[] Seen) : IChunkBody
    {
        public void Execute(int chunk) => Interlocked.Increment(ref Seen[chunk]);
    }

    private readonly record struct Meet(Barrier Barrier) : IChunkBody
    {
        public void Execute(int chunk) => Assert.True(Barrier.SignalAndWait(TimeSpan.FromSeconds(60)));
    }

    private readonly record struct Fail(int At) : IChunkBody
    {
        public void Execute(int chunk)
        {
            if (chunk == At)
                throw new InvalidOperationException($"chunk {chunk}");
        }
    }

    private readonly record struct Nest(WorkSplitter Splitter, int[] Seen) : IChunkBody
    {
        public void Execute(int chunk)
        {
            var inner = new Inner(Seen, chunk * 10);
            Splitter.Run(10, ref inner);
        }
    }

    private readonly record struct Inner(int[] Seen, int Offset) : IChunkBody
    {
        public void Execute(int chunk) => Interlocked.Increment(ref Seen[Offset + chunk]);
    }

    private readonly record struct Collect(int[] Seen) : IChunkBody
    {
        public void Execute(int chunk)
        {
            if (chunk % 5 == 0)
                GC.Collect();
            Seen[chunk] = chunk + 1;
        }
    }
}
