using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Engram.Kernels;

/// <summary>
/// Splits a loop over chunks between the calling thread and a fixed set of background threads. Nothing is allocated per run.
/// Chunk boundaries are the caller's and come from shapes alone, so the number of threads cannot change a result.
/// Idle workers spin for half a millisecond, then sleep in the kernel until the next run.
/// </summary>
public sealed unsafe class WorkSplitter : IDisposable
{
    // longer than a woken thread of a virtual machine takes to arrive: one that came late and slept again at once would come late to every run
    private const int SpinMicroseconds = 500;

    // looks from one call that yields to the next: on an oversubscribed machine the thread we wait for may need this core
    private const int SpinTurns = 16;

    private static readonly long SpinTicks = Math.Max(1, Stopwatch.Frequency * SpinMicroseconds / 1_000_000);

    private readonly Worker[] workers;
    private readonly AutoResetEvent finished = new(false);

    // a run in flight: written before `ticket` is published, constant until `unfinished` reaches zero
    private delegate*<void*, int, void> invoke;
    private void* body;
    private int chunks;

    // high half: number of the run; low half: next chunk to claim. A claim is a compare-exchange of both, so a worker that
    // woke up late can never claim a chunk of a run other than the one whose fields it has read.
    private long ticket;
    private int unfinished;
    private int callerSleeps;
    private int busy;
    private volatile bool stopping;
    private ExceptionDispatchInfo? failure;

    /// <summary>Creates a splitter and starts <paramref name="threads"/> − 1 background threads.</summary>
    /// <param name="threads">Threads that work on a run, the calling one included; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is below 1 or above 1024.</exception>
    public WorkSplitter(int threads)
    {
        if (threads is < 1 or > 1024)
        {
            throw new ArgumentOutOfRangeException(
                nameof(threads), threads, "WorkSplitter: expected 1 to 1024 threads. Environment.ProcessorCount is a good choice.");
        }

        workers = new Worker[threads - 1];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = new Worker(this, i + 1);
        }

        foreach (var worker in workers)
        {
            worker.Thread.Start();
        }
    }

    /// <summary>Number of threads that work on a run, the calling one included.</summary>
    public int Threads => workers.Length + 1;

    /// <summary>
    /// Runs <c>body.Execute(0 … chunks − 1)</c> and returns when all are done. A run started inside a chunk, or while another thread
    /// runs on the same splitter, is executed inline by its caller.
    /// </summary>
    /// <typeparam name="TBody">The loop body.</typeparam>
    /// <param name="chunks">Number of chunks; zero or less does nothing.</param>
    /// <param name="body">The body; one copy is shared by all threads and copied back at the end.</param>
    /// <exception cref="Exception">Whatever a chunk threw first; chunks not yet begun are then skipped.</exception>
    public void Run<TBody>(int chunks, ref TBody body)
        where TBody : struct, IChunkBody
    {
        if (chunks <= 1 || workers.Length == 0 || stopping || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            for (var i = 0; i < chunks; i++)
            {
                body.Execute(i);
            }

            return;
        }

        // on this thread's stack, where the garbage collector does not move it while others hold its address
        var shared = body;
        Share(chunks, Unsafe.AsPointer(ref shared), &Invoke<TBody>);
        var thrown = failure;
        failure = null;
        Volatile.Write(ref busy, 0);
        body = shared;
        thrown?.Throw();
    }

    /// <summary>
    /// The half-open range of part <paramref name="index"/> when <paramref name="length"/> items are cut into <paramref name="parts"/>
    /// parts whose sizes differ by at most one <paramref name="unit"/>; every boundary but the end is a multiple of the unit.
    /// </summary>
    /// <param name="length">Number of items.</param>
    /// <param name="parts">Number of parts, at least 1.</param>
    /// <param name="index">Which part, 0 up to <paramref name="parts"/>.</param>
    /// <param name="unit">Granularity, such as the width of a vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or the index is not that of a part.</exception>
    public static (nint Start, nint End) SplitRange(nint length, int parts, int index, int unit = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(unit, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, parts);
        var units = (length + unit - 1) / unit;
        var (each, rest) = (units / parts, units % parts);
        var start = index * each + Math.Min(index, rest);
        var end = start + each + (index < rest ? 1 : 0);
        return (Math.Min(start * unit, length), Math.Min(end * unit, length));
    }

    /// <summary>Stops the background threads. Later runs are executed inline.</summary>
    public void Dispose()
    {
        if (stopping)
            return;
        stopping = true;
        foreach (var worker in workers)
        {
            worker.Wake.Set();
        }

        foreach (var worker in workers)
        {
            worker.Thread.Join();
            worker.Wake.Dispose();
        }

        finished.Dispose();
    }

    private static void Invoke<TBody>(void* body, int chunk)
        where TBody : struct, IChunkBody => Unsafe.AsRef<TBody>(body).Execute(chunk);

    private void Share(int count, void* shared, delegate*<void*, int, void> call)
    {
        // closed first: a late worker of the run before must not claim against the new number of chunks
        var run = ticket >> 32;
        Interlocked.Exchange(ref ticket, (run << 32) | int.MaxValue);
        invoke = call;
        body = shared;
        chunks = count;
        Volatile.Write(ref callerSleeps, 0);
        Volatile.Write(ref unfinished, count);
        Interlocked.Exchange(ref ticket, (run + 1) << 32);
        var helpers = Math.Min(workers.Length, count - 1);
        for (var i = 0; i < helpers; i++)
        {
            if (Volatile.Read(ref workers[i].Sleeps) != 0 && Interlocked.Exchange(ref workers[i].Sleeps, 0) != 0)
                workers[i].Wake.Set();
        }

        while (TakeOne())
        {
        }

        AwaitOthers();
    }

    // claims and executes one chunk; false when the run has none left
    private bool TakeOne()
    {
        while (true)
        {
            var seen = Volatile.Read(ref ticket);
            var call = invoke;
            var target = body;
            var count = chunks;
            var chunk = (int)(seen & 0xFFFF_FFFF);
            if (chunk >= count)
                return false;
            if (Interlocked.CompareExchange(ref ticket, seen + 1, seen) != seen)
                continue;
            if (Volatile.Read(ref failure) is null)
            {
                try
                {
                    call(target, chunk);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                }
            }

            if (Interlocked.Decrement(ref unfinished) == 0 && Interlocked.Exchange(ref callerSleeps, 0) != 0)
                finished.Set();
            return true;
        }
    }

    private void AwaitOthers()
    {
        var start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref unfinished) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                for (var turn = 0; turn < SpinTurns && Volatile.Read(ref unfinished) != 0; turn++)
                {
                    Thread.SpinWait(1);
                }

                Thread.Yield();
                continue;
            }

            Interlocked.Exchange(ref callerSleeps, 1);
            // whoever takes the flag back owns the wake-up: the last chunk sets the event exactly when it has taken it
            if (Volatile.Read(ref unfinished) == 0 && Interlocked.Exchange(ref callerSleeps, 0) != 0)
                return;
            finished.WaitOne();
        }
    }

    private void Work(Worker self)
    {
        long done = 0;
        while (!stopping)
        {
            var start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref ticket) >> 32 == done && Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                for (var turn = 0; turn < SpinTurns && Volatile.Read(ref ticket) >> 32 == done; turn++)
                {
                    Thread.SpinWait(1);
                }

                Thread.Yield();
            }

            if (Volatile.Read(ref ticket) >> 32 == done)
            {
                Interlocked.Exchange(ref self.Sleeps, 1);
                // a run published before the flag was up may not have seen it; a taken flag means that its Set is on the way
                if ((Volatile.Read(ref ticket) >> 32 == done && !stopping) || Interlocked.Exchange(ref self.Sleeps, 0) == 0)
                    self.Wake.WaitOne();
                continue;
            }

            done = Volatile.Read(ref ticket) >> 32;
            while (TakeOne())
            {
            }
        }
    }

    private sealed class Worker
    {
        public readonly AutoResetEvent Wake = new(false);
        public readonly Thread Thread;
        public int Sleeps;

        public Worker(WorkSplitter owner, int number)
        {
            Thread = new Thread(() => owner.Work(this)) { IsBackground = true, Name = $"engram worker {number}" };
        }
    }
}
