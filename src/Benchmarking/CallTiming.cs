namespace Engram.Benchmarking;

/// <summary>A call in this process.</summary>
internal sealed class CallTiming(Contender contender, Workload workload, Workspace workspace) : ContenderTiming(contender.Name, contender.Version)
{
    private const int WarmCalls = 40;
    private const double WarmSeconds = 0.1;

    // caches and predictors come back from the neighbour in two milliseconds; on several threads the neighbour's pool still spins for one, and the scheduler takes
    // until then and some ticks more to give every thread a core of its own again
    private const double LeadSeconds = 2e-3, LeadSecondsOfThreads = 20e-3;
    private readonly Action _run = contender.Run;

    /// <summary>Ours.</summary>
    public CallTiming(Workload workload, Workspace workspace)
        : this(new Contender("", "", workload.Run), workload, workspace)
    {
    }

    /// <summary>What is wrong with the result of one call; <c>null</c> when nothing is.</summary>
    public string? Wrong()
    {
        foreach (Kernels.View output in workload.Outputs)
            workspace.Device.Fill(output, float.NaN);
        workload.Reset?.Invoke();
        try
        {
            _run();
            workspace.Settle();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return $"threw: {e.Message}";
        }

        Deviation deviation = (contender.Check ?? workload.Check)();
        return deviation.IsRight ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"is wrong: off by {deviation.Error:g3} from the reference twin, at most {deviation.Tolerance:g3} is right");
    }

    public override void Heat(BenchOptions options)
    {
        workload.Reset?.Invoke();
        double end = ThreadClock.Now(false) + (options.Quick ? WarmSeconds / 5 : WarmSeconds);
        for (int calls = 0; calls < WarmCalls && (calls < 1 || ThreadClock.Now(false) < end); calls++)
            _run();
    }

    public override void ChooseRepeats(BenchOptions options)
    {
        double once = Math.Min(Time(1, false), Time(1, false));
        // a call near the clock's own resolution is measured over many
        if (once < 1e-5)
            once = Time(100, false) / 100;
        Choose(once, options.SampleSeconds);
    }

    public override double Sample(bool ownTime)
    {
        double lead = ThreadClock.Now(false) + (workspace.Threads > 1 ? LeadSecondsOfThreads : LeadSeconds);
        while (SampleSeconds < 0.05 && ThreadClock.Now(false) < lead)
            _run();
        return Time(Repeats, ownTime) / Repeats;
    }

    /// <summary>Bytes that a call takes from the managed heap on the calling thread, over <see cref="ContenderTiming.Repeats"/> calls.</summary>
    public double AllocatedBytes()
    {
        workload.Reset?.Invoke();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Repeats; i++)
            _run();
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Repeats;
    }

    private double Time(int repeats, bool ownTime)
    {
        workload.Reset?.Invoke();
        workspace.Settle();
        double start = ThreadClock.Now(ownTime);
        for (int i = 0; i < repeats; i++)
            _run();
        workspace.Settle();
        return ThreadClock.Now(ownTime) - start;
    }
}
