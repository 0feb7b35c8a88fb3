using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>The tables of a bench page: groups against their peers, all workloads, what changed since another run.</summary>
internal static class BenchTableSection
{
    /// <summary>How each group lies against the fastest peer of its workloads.</summary>
    public static void WriteGroups(HtmlWriter html, BenchDocument document)
    {
        var groups = BenchGroup.Of(document);
        if (groups.Count == 0)
        {
            return;
        }

        html.Element("h2", "Beside peers");
        html.Element("p", "Time of Engram divided by the time of the fastest peer of each workload; below 1 Engram is faster.");
        HtmlTable.Write(html, "Ratio of times to the fastest peer", ["Group", "Threads", "Workloads", "Geometric mean", "Worst", "Worst at"],
            groups.Select(group => (IReadOnlyList<TableCell>)
            [
                group.Name, Number(group.Threads), Number(group.Count), new TableCell(NumberText.Fixed(group.Mean, 2), Strong: true),
                NumberText.Fixed(group.Worst, 2), group.WorstName,
            ]), cards: true);
    }

    /// <summary>Every workload of the run.</summary>
    public static void Write(HtmlWriter html, BenchDocument document, List<string> groups)
    {
        html.Element("h2", "Workloads");
        if (document.Rows.Count == 0)
        {
            html.Element("p", "No workload was timed.");
            return;
        }

        html.Element("p", "Medians of samples taken by turns. Noise is the interquartile range over the median; the roof's share is the least time that the measured peak and bandwidth allow, "
            + "over the time taken (above 100 % where a working set sits in a faster cache than its size suggests).");
        string[] others = [.. document.Rows.SelectMany(row => row.Peers.Concat(row.Rungs)).Select(peer => peer.Name).Distinct()];
        foreach (var family in document.Rows.GroupBy(row => row.Name.Split('/')[0]))
        {
            string[] shown = [.. others.Where(name => family.Any(row => row.Peers.Concat(row.Rungs).Any(peer => peer.Name == name)))];
            html.Element("h3", family.Key);
            HtmlTable.Write(html, $"{family.Key}: times and shares of the roof" + (shown.Length > 0 ? "; in the columns of the others the ratio of times, and their own time" : ""),
                ["Workload", "Threads", "Time, ms", "Noise", "GFLOP/s", "GB/s", "Roof", .. shown],
                family.Select(row => (IReadOnlyList<TableCell>)
                [
                    new TableCell(row.Name, Series: groups.IndexOf(row.Group)), Number(row.Threads), NumberText.Short(row.Milliseconds), NumberText.Percent(row.Noise, 0) + " %",
                    NumberText.Short(row.Gflops), NumberText.Short(row.Gbps), NumberText.Percent(row.RoofShare, 0) + " %",
                    .. shown.Select(name => Peer(row, name)),
                ]), cards: true);
        }

        var versions = document.Rows.SelectMany(row => row.Peers).Select(peer => $"{peer.Name} {peer.Version}".TrimEnd()).Distinct().ToArray();
        if (versions.Length > 0)
        {
            html.Element("p", "Peers: " + string.Join("; ", versions) + ".", ("class", "machine"));
        }
    }

    /// <summary>What became slower or faster, and what there is to say against the comparison.</summary>
    public static void WriteComparison(HtmlWriter html, BenchComparison comparison)
    {
        html.Element("h2", "Against the other run");
        if (comparison.Warnings.Count > 0)
        {
            using (html.Open("ul", ("class", "notes")))
            {
                foreach (var warning in comparison.Warnings)
                {
                    html.Element("li", warning);
                }
            }
        }

        int Count(BenchVerdict verdict) => comparison.Changes.Count(change => change.Verdict == verdict);
        html.Element("p", $"{Count(BenchVerdict.Slower)} slower and {Count(BenchVerdict.Faster)} faster by more than the noise of both runs, {Count(BenchVerdict.Unchanged)} within it, "
            + $"{Count(BenchVerdict.Added)} new, {Count(BenchVerdict.Missing)} not timed this time.");
        var moved = comparison.Changes.Where(change => change.Verdict is BenchVerdict.Slower or BenchVerdict.Faster)
            .OrderByDescending(change => change.Ratio).ToArray();
        if (moved.Length > 0)
        {
            HtmlTable.Write(html, "Changes beyond the noise, slowest first", ["Workload", "Threads", "Before, ms", "Now, ms", "Change", "Noise", "Verdict"],
                moved.Select(change => (IReadOnlyList<TableCell>)
                [
                    change.Name, Number(change.Threads), NumberText.Short(change.OldMilliseconds), NumberText.Short(change.NewMilliseconds),
                    (change.Ratio > 1 ? "+" : "") + NumberText.Percent(change.Ratio - 1, 0) + " %", NumberText.Percent(change.Band, 0) + " %",
                    new TableCell(change.Verdict == BenchVerdict.Slower ? "slower" : "faster", Strong: change.Verdict == BenchVerdict.Slower),
                ]), cards: true);
        }
    }

    private static TableCell Peer(BenchRow row, string name) =>
        row.Peers.Concat(row.Rungs).FirstOrDefault(peer => peer.Name == name) is { } found
            ? new TableCell(NumberText.Fixed(found.Ratio, 2), NumberText.Short(found.Milliseconds) + " ms", Strong: found.Ratio <= 1)
            : NumberText.Missing;
}
