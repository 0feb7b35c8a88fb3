using System.Globalization;

namespace Engram.Benchmarking;

/// <summary>How a run of the suite goes.</summary>
public sealed record BenchOptions
{
    /// <summary>Texts that names contain; none for all workloads.</summary>
    public IReadOnlyList<string> Filters { get; set; } = [];

    /// <summary>Thread counts; the whole selection runs once per count.</summary>
    public IReadOnlyList<int> Threads { get; set; } = [1];

    /// <summary>Rounds in which the contenders take turns, at most; long workloads get fewer, three at least.</summary>
    public int Rounds { get; set; } = 15;

    /// <summary>The short form: fewer workloads, fewer and shorter samples. It shows that things work and gives rough figures.</summary>
    public bool Quick { get; set; }

    /// <summary>Whether installed peers join.</summary>
    public bool Peers { get; set; }

    /// <summary>Whether the slow forms of the kernels (reference, naive) join.</summary>
    public bool Rungs { get; set; }

    /// <summary>Samples of the calling thread's processor time instead of the wall; for one thread only.</summary>
    public bool ThreadClock { get; set; }

    /// <summary>Seconds that one sample aims at.</summary>
    internal double SampleSeconds => Quick ? 0.001 : 0.004;

    /// <summary>Seconds that the samples of one workload may take together, unless three rounds take longer.</summary>
    internal double WorkloadSeconds => (Quick ? 0.1 : 0.4) * (Peers ? 3 : 1) * (Rungs ? 3 : 1);

    /// <summary>What is wrong with the options; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Threads.Count == 0 || Threads.Any(threads => threads is < 1 or > 1024))
            yield return $"--threads: expected counts from 1 to 1024 separated by commas, got '{string.Join(',', Threads)}'";
        if (Threads.Distinct().Count() != Threads.Count)
            yield return $"--threads: '{string.Join(',', Threads)}' names a count twice";
        if (Rounds is < 3 or > 10_000)
            yield return string.Create(CultureInfo.InvariantCulture, $"--rounds: expected 3 to 10000, got {Rounds}");
        if (ThreadClock && Threads.Any(threads => threads != 1))
            yield return "--clock cpu: it counts the calling thread alone; use --threads 1 or --clock wall";
        if (ThreadClock && !OperatingSystem.IsLinux())
            yield return "--clock cpu: it needs Linux; use --clock wall";
    }
}
