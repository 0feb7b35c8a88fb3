using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>
/// The roofline plot (Williams, Waterman and Patterson, 2009): operations a second over operations per byte, both by the logarithm, every
/// workload a point below the roof that the machine showed in the same run.
/// </summary>
internal static class RooflineSection
{
    private const double Width = 560, Height = 400, Left = 58, Right = 546, Top = 34, Bottom = 346;

    /// <summary>Writes one plot per thread count, and the legend of the groups.</summary>
    public static void Write(HtmlWriter html, BenchDocument document, List<string> groups)
    {
        var roofs = document.Roofs.Where(roof => document.Rows.Any(row => row.Threads == roof.Threads && IsShown(row))).ToArray();
        if (roofs.Length == 0)
        {
            return;
        }

        html.Element("h2", "Roofline");
        html.Element("p", "Each point is a workload, verified and timed. The level line is the peak of multiply-adds on registers, the slanted ones the bandwidth of a triad: "
            + "memory (solid) and the caches (dashed). Point at a mark for its name and figures.");
        using (html.Open("div", ("class", "maps wide")))
        {
            foreach (var roof in roofs)
            {
                using (html.Open("figure"))
                {
                    html.Element("figcaption", Threads(roof.Threads));
                    WritePlot(html, [.. document.Rows.Where(row => row.Threads == roof.Threads && IsShown(row))], roof, groups);
                }
            }
        }

        using (html.Open("ul", ("class", "legend")))
        {
            for (var g = 0; g < groups.Count; g++)
            {
                using (html.Open("li"))
                {
                    SeriesMark.WriteInline(html, g);
                    html.Text(groups[g]);
                }
            }
        }
    }

    private static bool IsShown(BenchRow row) => row.Gflops > 0 && row.Intensity > 0;

    private static string Threads(int count) => count == 1 ? "1 thread" : $"{Number(count)} threads";

    private static void WritePlot(HtmlWriter html, BenchRow[] rows, BenchRoof roof, List<string> groups)
    {
        var ridge = roof.PeakGflops / roof.MemoryGbps;
        double lowX = Math.Min(rows.Min(row => row.Intensity), 0.5 * ridge) / 1.6, highX = Math.Max(rows.Max(row => row.Intensity), 4 * ridge) * 1.6;
        double lowY = rows.Min(row => row.Gflops) / 1.6, highY = Math.Max(roof.PeakGflops, rows.Max(row => row.Gflops)) * 1.8;
        var across = PlotScale.Logarithmic(lowX, highX, Left, Right);
        var up = PlotScale.Logarithmic(lowY, highY, Bottom, Top);
        using (Figure.Open(html, Width, Height, $"Roofline, {Threads(roof.Threads)}",
            $"{rows.Length} workloads below a peak of {NumberText.Short(roof.PeakGflops)} GFLOP/s and a memory bandwidth of {NumberText.Short(roof.MemoryGbps)} GB/s.", "roofline"))
        {
            Figure.VerticalAxis(html, up, Left, Right, Top, "GFLOP/s", NumberText.ShortTick);
            Figure.HorizontalAxis(html, across, Left, Right, Bottom, "operations per byte", NumberText.ShortTick);
            for (var level = 0; level < roof.Bandwidths.Count; level++)
            {
                var gbps = roof.Bandwidths[level].TriadGbps;
                WriteSlope(html, across, up, gbps, roof.PeakGflops, lowX, highX, lowY, level == roof.Bandwidths.Count - 1);
            }

            Figure.Label(html, Right - 4, up.Place(roof.PeakGflops) - 7, $"{NumberText.Short(roof.PeakGflops)} GFLOP/s", "end", "halo");
            foreach (var row in rows)
            {
                using (html.Open("g"))
                {
                    html.Element("title", Describe(row));
                    SeriesMark.Write(html, groups.IndexOf(row.Group), across.Place(row.Intensity), up.Place(row.Gflops), 4.5);
                }
            }

            var at = Math.Sqrt(Math.Max(lowX, lowY / roof.MemoryGbps) * Math.Min(ridge, highX));
            Figure.Label(html, across.Place(at) + 10, up.Place(at * roof.MemoryGbps) + 12, $"memory {NumberText.Short(roof.MemoryGbps)} GB/s", "start", "halo");
        }
    }

    /// <summary>A bandwidth from the lower border up to the peak, and for the memory on along the peak.</summary>
    private static void WriteSlope(HtmlWriter html, PlotScale across, PlotScale up, double gbps, double peak, double lowX, double highX, double lowY, bool isMemory)
    {
        double from = Math.Max(lowX, lowY / gbps), ridge = Math.Min(peak / gbps, highX);
        if (ridge > from)
        {
            Figure.Line(html, across.Place(from), up.Place(from * gbps), across.Place(ridge), up.Place(ridge * gbps), "roof", isMemory ? null : "3 4");
        }

        // the caches' ridges lie further left: the first line reaches along the whole peak
        Figure.Line(html, across.Place(Math.Max(lowX, ridge)), up.Place(peak), across.Place(highX), up.Place(peak), "roof", isMemory ? null : "3 4");
    }

    private static string Describe(BenchRow row) =>
        $"{row.Name}: {NumberText.Short(row.Milliseconds)} ms, {NumberText.Short(row.Gflops)} GFLOP/s, {NumberText.Short(row.Gbps)} GB/s, "
        + $"{NumberText.Percent(row.RoofShare, 0)} % of the roof"
        + (row.RatioToFastest is { } ratio ? $", {NumberText.Fixed(ratio, 2)} of the fastest peer's time" : "");
}
