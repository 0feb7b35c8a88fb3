using System.Globalization;
using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>Every workload's time over the runs of the same machine, one small curve each, by commit.</summary>
internal static class BenchHistorySection
{
    private const double Width = 330, Height = 128, Left = 46, Right = 322, Top = 26, Bottom = 96;

    /// <summary>Runs that are shown at most; older ones are left out.</summary>
    private const int MostRuns = 40;

    /// <summary>Writes the curves, folded away per family.</summary>
    public static void Write(HtmlWriter html, BenchDocument document, BenchHistory history)
    {
        var runs = history.Runs.Where(run => IsSameMachine(run, document)).TakeLast(MostRuns).ToArray();
        html.Element("h2", "History");
        var elsewhere = history.Runs.Count(run => !IsSameMachine(run, document));
        html.Element("p", $"{runs.Length} {(runs.Length == 1 ? "run" : "runs")} on this machine"
            + (elsewhere > 0 ? $"; {elsewhere} of other machines, devices or clocks are not shown" : "") + ". Each curve is the median time of a workload, the band its noise.");
        foreach (var note in history.Notes)
        {
            html.Element("p", note, ("class", "machine"));
        }

        if (runs.Length < 2)
        {
            html.Element("p", "Curves appear from the second run on.");
            return;
        }

        HtmlTable.Write(html, "The runs, newest first", ["Run", "Commit", "Workloads", "Peak, GFLOP/s", "Memory, GB/s"],
            runs.Select((run, index) => (run, index)).Reverse().Select(pair => (IReadOnlyList<TableCell>)
            [
                $"{pair.index + 1}: {pair.run.Environment.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}",
                Short(pair.run.Environment.Commit), Number(pair.run.Rows.Count),
                pair.run.Roofs.Count > 0 ? NumberText.Short(pair.run.Roofs[0].PeakGflops) : NumberText.Missing,
                pair.run.Roofs.Count > 0 ? NumberText.Short(pair.run.Roofs[0].MemoryGbps) : NumberText.Missing,
            ]));
        var series = document.Rows.Select(row => (Row: row, Points: Points(runs, row))).Where(one => one.Points.Count > 1);
        foreach (var family in series.GroupBy(one => one.Row.Name.Split('/')[0]))
        {
            using (html.Open("details"))
            {
                html.Element("summary", $"{family.Key}: {family.Count()} {(family.Count() == 1 ? "curve" : "curves")}");
                using (html.Open("div", ("class", "maps")))
                {
                    foreach (var (row, points) in family)
                    {
                        WriteCurve(html, row, points, runs);
                    }
                }
            }
        }
    }

    /// <summary>A revision as short as people write it.</summary>
    public static string Short(string? commit) => commit is null ? NumberText.Missing : commit.Length > 9 ? commit[..9] : commit;

    private static bool IsSameMachine(BenchDocument run, BenchDocument document) =>
        run.Environment.CpuModel == document.Environment.CpuModel && run.Environment.Cores == document.Environment.Cores
        && run.Clock == document.Clock && run.GemmRung == document.GemmRung;

    private static List<(int Run, BenchRow Row)> Points(BenchDocument[] runs, BenchRow row)
    {
        var points = new List<(int, BenchRow)>();
        for (var r = 0; r < runs.Length; r++)
        {
            if (runs[r].Rows.FirstOrDefault(one => one.Name == row.Name && one.Threads == row.Threads) is { } found)
            {
                points.Add((r, found));
            }
        }

        return points;
    }

    private static void WriteCurve(HtmlWriter html, BenchRow row, List<(int Run, BenchRow Row)> points, BenchDocument[] runs)
    {
        var title = row.Name + (row.Threads == 1 ? "" : $", {Number(row.Threads)} threads");
        double low = points.Min(point => point.Row.Milliseconds * (1 - point.Row.Noise / 2)), high = points.Max(point => point.Row.Milliseconds * (1 + point.Row.Noise / 2));
        var up = PlotScale.Linear(Math.Max(0, low * 0.9), high * 1.1, Bottom, Top, 2);
        double Place(int run) => runs.Length == 1 ? 0.5 * (Left + Right) : Left + 8 + run / (runs.Length - 1.0) * (Right - Left - 16);
        using (html.Open("figure"))
        {
            html.Element("figcaption", title);
            using (Figure.Open(html, Width, Height, $"History of {title}", $"{points.Count} runs; newest {NumberText.Short(row.Milliseconds)} ms."))
            {
                Figure.VerticalAxis(html, up, Left, Right, Top, "ms", value => value.ToString("0.####", CultureInfo.InvariantCulture));
                Figure.Line(html, Left, Bottom, Right, Bottom, "frame");
                var band = points.Select(point => $"{Number(Place(point.Run))},{Number(up.Place(point.Row.Milliseconds * (1 + point.Row.Noise / 2)))}")
                    .Concat(Enumerable.Reverse(points).Select(point => $"{Number(Place(point.Run))},{Number(up.Place(point.Row.Milliseconds * (1 - point.Row.Noise / 2)))}"));
                html.Leaf("polygon", ("class", "band s0"), ("points", string.Join(" ", band)));
                html.Leaf("polyline", ("class", "line s0"),
                    ("points", string.Join(" ", points.Select(point => $"{Number(Place(point.Run))},{Number(up.Place(point.Row.Milliseconds))}"))));
                foreach (var (run, one) in points)
                {
                    using (html.Open("g"))
                    {
                        html.Element("title", $"run {Number(run + 1)}, {Short(runs[run].Environment.Commit)}: {NumberText.Short(one.Milliseconds)} ms");
                        SeriesMark.Write(html, 0, Place(run), up.Place(one.Milliseconds), 3);
                    }
                }

                Figure.Label(html, Place(points[0].Run), Bottom + 18, Short(runs[points[0].Run].Environment.Commit), "start");
                if (points.Count > 1)
                {
                    Figure.Label(html, Place(points[^1].Run), Bottom + 18, Short(runs[points[^1].Run].Environment.Commit), "end");
                }
            }
        }
    }
}
