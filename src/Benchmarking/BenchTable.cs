using System.Globalization;
using Engram.Results;

namespace Engram.Benchmarking;

/// <summary>A bench run as lines of text, each written when its row is finished.</summary>
/// <param name="output">Where the lines go.</param>
public sealed class BenchTable(TextWriter output) : IBenchProgress
{
    private const int NameWidth = 42;
    private bool _headed;

    /// <inheritdoc/>
    public void Roof(BenchRoof roof)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"roof, {roof.Device ?? Threads(roof.Threads)}: {roof.PeakGflops:F0} GFLOP/s ({string.Join(", ", roof.Widths.Select(width => FormattableString.Invariant($"{width.Bits} bits {width.Gflops:F0}")))}), memory {roof.MemoryGbps:F1} GB/s (caches {string.Join(", ", roof.Bandwidths.SkipLast(1).Select(one => FormattableString.Invariant($"{one.TriadGbps:F0}")))}){(roof.MeetingMicroseconds > 0 ? FormattableString.Invariant($", threads meet in {roof.MeetingMicroseconds:F2} µs") : "")}"));
        if (!_headed)
            output.WriteLine($"{"workload".PadRight(NameWidth)} {"thr",3} {"ms",10} {"noise",6} {"GFLOP/s",8} {"GB/s",7} {"roof",5}  ours/peer in time (below 1: Engram is faster)");
        _headed = true;
    }

    /// <inheritdoc/>
    public void Row(BenchRow row) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{row.Name.PadRight(NameWidth)} {row.Threads,3} {Time(row.Milliseconds),10} {row.Noise,6:P0} {row.Gflops,8:F1} {row.Gbps,7:F1} {row.RoofShare,5:P0}  {string.Join("  ", row.Peers.Concat(row.Rungs).Select(peer => FormattableString.Invariant($"{peer.Name} {peer.Ratio:F2}")))}").TrimEnd());

    /// <inheritdoc/>
    public void Failure(BenchFailure failure) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{failure.Name.PadRight(NameWidth)} {failure.Threads,3} WRONG: {failure.Message}"));

    /// <inheritdoc/>
    public void Note(string note) => output.WriteLine(note);

    /// <summary>Per group and thread count: how the ratios to the fastest peer lie.</summary>
    /// <param name="document">The run.</param>
    public void Summarize(BenchDocument document)
    {
        foreach (BenchGroup group in BenchGroup.Of(document))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{group.Name}, {Threads(group.Threads)}: to the fastest peer of each, geometric mean {group.Mean:F2}, worst {group.Worst:F2} ({group.WorstName}), {group.Count} workloads"));
        }

        if (document.Failures.Count > 0)
            output.WriteLine($"{document.Failures.Count} of {document.Failures.Count + document.Rows.Count} workloads have no number: what they computed differs from the reference twin, or they threw.");
    }

    /// <summary>What changed since another run.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="output">Where the lines go.</param>
    public static void Write(BenchComparison comparison, TextWriter output)
    {
        foreach (string warning in comparison.Warnings)
            output.WriteLine($"warning: {warning}");
        foreach (BenchChange change in comparison.Changes.Where(change => change.Verdict is BenchVerdict.Slower or BenchVerdict.Faster))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{change.Verdict.ToString().ToUpperInvariant(),-6} {change.Name}, {Threads(change.Threads)}: {Time(change.OldMilliseconds)} → {Time(change.NewMilliseconds)} ms ({change.Ratio - 1:+0%;-0%}, noise {change.Band:P0})"));
        }

        string Count(BenchVerdict verdict) => comparison.Changes.Count(change => change.Verdict == verdict).ToString(CultureInfo.InvariantCulture);
        output.WriteLine($"compared: {Count(BenchVerdict.Slower)} slower, {Count(BenchVerdict.Faster)} faster, {Count(BenchVerdict.Unchanged)} within the noise, {Count(BenchVerdict.Added)} new, {Count(BenchVerdict.Missing)} not timed this time");
    }

    private static string Threads(int count) => count == 1 ? "1 thread" : string.Create(CultureInfo.InvariantCulture, $"{count} threads");

    private static string Time(double milliseconds) => milliseconds.ToString(milliseconds >= 100 ? "F1" : milliseconds >= 1 ? "F3" : "F5", CultureInfo.InvariantCulture);
}
