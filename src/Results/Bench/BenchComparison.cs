using System.Globalization;

namespace Engram.Results;

/// <summary>Two bench documents side by side: what became slower or faster by more than the noise of both, and why the two may not compare.</summary>
public sealed record BenchComparison
{
    /// <summary>Change that counts as noise even when the samples of a run agree to the last digit: clocks and code placement move that much.</summary>
    public const double SmallestBand = 0.03;

    /// <summary>Difference of two roofs above which the machine itself was not the same.</summary>
    private const double RoofDrift = 0.1;

    /// <summary>Every workload of either run, in the order of the new run; missing ones last.</summary>
    public required IReadOnlyList<BenchChange> Changes { get; init; }

    /// <summary>Reasons to distrust the comparison: another machine, runtime, clock, or a machine that was slower as a whole.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Whether anything became slower by more than the noise.</summary>
    public bool HasRegression => Changes.Any(change => change.Verdict == BenchVerdict.Slower);

    /// <summary>Compares a new run with an old one.</summary>
    /// <param name="old">The baseline.</param>
    /// <param name="current">The new run.</param>
    public static BenchComparison Between(BenchDocument old, BenchDocument current)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(current);
        Dictionary<(string, int), BenchRow> before = old.Rows.ToDictionary(row => (row.Name, row.Threads));
        List<BenchChange> changes = [];
        foreach (BenchRow row in current.Rows)
        {
            changes.Add(before.Remove((row.Name, row.Threads), out BenchRow? was)
                ? Change(was, row)
                : new BenchChange(row.Name, row.Threads, double.NaN, row.Milliseconds, double.NaN, BenchVerdict.Added));
        }

        changes.AddRange(old.Rows.Where(row => before.ContainsKey((row.Name, row.Threads)))
            .Select(row => new BenchChange(row.Name, row.Threads, row.Milliseconds, double.NaN, double.NaN, BenchVerdict.Missing)));
        return new BenchComparison { Changes = changes, Warnings = [.. Differences(old, current)] };
    }

    private static BenchChange Change(BenchRow was, BenchRow now)
    {
        double band = Math.Max(SmallestBand, was.Noise + now.Noise), ratio = now.Milliseconds / was.Milliseconds;
        // symmetric: what is a regression one way round is an improvement the other way round
        BenchVerdict verdict = ratio > 1 + band ? BenchVerdict.Slower : 1 / ratio > 1 + band ? BenchVerdict.Faster : BenchVerdict.Unchanged;
        return new BenchChange(now.Name, now.Threads, was.Milliseconds, now.Milliseconds, band, verdict);
    }

    private static IEnumerable<string> Differences(BenchDocument old, BenchDocument current)
    {
        foreach ((string what, string before, string now) in new[]
        {
            ("processor", old.Environment.CpuModel, current.Environment.CpuModel),
            ("cores", Text(old.Environment.Cores), Text(current.Environment.Cores)),
            ("instruction sets", string.Join(", ", old.Environment.InstructionSets), string.Join(", ", current.Environment.InstructionSets)),
            ("runtime", old.Environment.Runtime, current.Environment.Runtime),
            ("device", Kind(old.Device), Kind(current.Device)),
            ("matrix product kernels", old.GemmRung, current.GemmRung),
            ("clock", old.Clock, current.Clock),
        })
        {
            if (before != now)
                yield return $"{what}: was {before}, is {now}; times of the two runs do not compare";
        }

        foreach (BenchRoof roof in current.Roofs)
        {
            if (old.RoofFor(roof.Threads) is not { } was)
                continue;
            if (Drift(roof.PeakGflops / was.PeakGflops) is { } peak)
                yield return $"{Threads(roof)}: the multiply-add peak itself is {peak}; the machine was not the same or not as idle";
            if (Drift(roof.MemoryGbps / was.MemoryGbps) is { } memory)
                yield return $"{Threads(roof)}: the memory bandwidth itself is {memory}; the machine was not the same or not as idle";
        }
    }

    // the device's name without its thread count
    private static string Kind(string device) => device.IndexOf('(') is > 0 and var end ? device[..end].Trim() : device;

    private static string Threads(BenchRoof roof) => roof.Threads == 1 ? "1 thread" : $"{roof.Threads} threads";

    private static string? Drift(double ratio) => Math.Abs(Math.Log(ratio)) <= Math.Log(1 + RoofDrift)
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(ratio - 1) * 100:F0} % {(ratio < 1 ? "lower" : "higher")} than in the old run");

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
