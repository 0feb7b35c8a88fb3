using System.Globalization;
using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>Accuracy matrices as heat maps, mean over the seeds, with the number in every cell.</summary>
internal static class HeatMapSection
{
    /// <summary>Corner colors of the scale, from low to high: light to dark, so that it reads in gray and on both themes.</summary>
    private static readonly (double R, double G, double B)[] Colors =
        [(255, 247, 214), (252, 206, 120), (240, 148, 84), (200, 80, 98), (122, 40, 110), (52, 18, 82)];

    /// <summary>Writes one map a shown method.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        var maps = view.Shown.Select(method => (Label: view.LabelOf(method), Mean: MatrixSummary.Mean(method), Seeds: method.Seeds.Count)).ToArray();
        var values = maps.SelectMany(map => map.Mean).SelectMany(row => row).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var (low, high) = (values.Min(), values.Max());
        html.Element("h3", "Accuracy matrices");
        html.Element(
            "p",
            $"Accuracy in percent on the task of the column after learning the task of the row, mean over the seeds; the first row is the untrained network. "
            + $"Colors run from {NumberText.Percent(low, 1)} (light) to {NumberText.Percent(high, 1)} (dark) in all maps of this section.");
        using (html.Open("div", ("class", maps.Any(map => IsDense(map.Mean)) ? "maps wide" : "maps")))
        {
            foreach (var (label, mean, seeds) in maps)
            {
                WriteMap(html, label, mean, seeds, low, high);
            }
        }
    }

    /// <summary>Long streams get smaller cells without decimals.</summary>
    private static bool IsDense(double[][] matrix) => matrix.Length > 11;

    private static void WriteMap(HtmlWriter html, string label, double[][] mean, int seeds, double low, double high)
    {
        var tasks = mean.Length - 1;
        var dense = IsDense(mean);
        double cellWidth = dense ? 30 : 46, cellHeight = dense ? 22 : 30, left = 74, top = 46;
        double width = left + (tasks * cellWidth) + 2, height = top + (mean.Length * cellHeight) + 2;
        using (html.Open("figure"))
        {
            html.Element("figcaption", label);
            using (html.Open("div", ("class", "scroll")))
            using (Figure.Open(
                html, width, height, $"Accuracy matrix of {label}",
                $"{tasks} tasks, mean over {seeds} seeds, final accuracies {string.Join(", ", mean[^1].Select(v => NumberText.Percent(v, 1)))} percent.",
                dense ? "map dense" : "map"))
            {
                Figure.Label(html, left + (0.5 * tasks * cellWidth), 15, "tested on task", "middle", "axis");
                for (var j = 0; j < tasks; j++)
                {
                    Figure.Label(html, left + ((j + 0.5) * cellWidth), top - 8, Ordinal(j + 1));
                }

                for (var i = 0; i < mean.Length; i++)
                {
                    var y = top + (i * cellHeight);
                    Figure.Label(html, left - 7, y + (0.5 * cellHeight) + 4.5, i == 0 ? "untrained" : "after " + Ordinal(i), "end");
                    for (var j = 0; j < tasks; j++)
                    {
                        WriteCell(html, mean[i][j], low, high, left + (j * cellWidth), y, cellWidth, cellHeight, i == j + 1, dense ? 0 : 1);
                    }
                }
            }
        }
    }

    private static void WriteCell(
        HtmlWriter html, double value, double low, double high, double x, double y, double width, double height, bool learned, int decimals)
    {
        if (double.IsNaN(value))
        {
            Figure.Label(html, x + (0.5 * width), y + (0.5 * height) + 4.5, NumberText.Missing);
            return;
        }

        var share = high > low ? (value - low) / (high - low) : 1;
        var (r, g, b) = ColorAt(share);
        html.Leaf("rect", ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)),
            ("fill", string.Create(CultureInfo.InvariantCulture, $"rgb({r:0},{g:0},{b:0})")), ("class", "cell"));
        html.Element("text", NumberText.Percent(value, decimals),
            ("x", Number(x + (0.5 * width))), ("y", Number(y + (0.5 * height) + 4.5)), ("text-anchor", "middle"),
            ("style", $"fill:{(IsDark(r, g, b) ? "#fff" : "#000")};font-weight:{(learned ? "700" : "400")}"));
    }

    private static (double R, double G, double B) ColorAt(double share)
    {
        var position = Math.Clamp(share, 0, 1) * (Colors.Length - 1);
        var i = Math.Min((int)position, Colors.Length - 2);
        var t = position - i;
        var (a, b) = (Colors[i], Colors[i + 1]);
        return (a.R + (t * (b.R - a.R)), a.G + (t * (b.G - a.G)), a.B + (t * (b.B - a.B)));
    }

    /// <summary>Whether white text has the larger contrast (relative luminance of WCAG below 0.179).</summary>
    private static bool IsDark(double r, double g, double b)
    {
        static double Linear(double channel) =>
            channel <= 0.04045 * 255 ? channel / 255 / 12.92 : Math.Pow(((channel / 255) + 0.055) / 1.055, 2.4);
        return (0.2126 * Linear(r)) + (0.7152 * Linear(g)) + (0.0722 * Linear(b)) < 0.179;
    }

    private static string Ordinal(int task) => task.ToString(CultureInfo.InvariantCulture);
}
