using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>What each method keeps at the end of the stream: bars in bytes, and the three counts in a table.</summary>
internal static class MemorySection
{
    private const double Width = 480, Left = 6, Right = 474, RowHeight = 40, Top = 6;

    /// <summary>Ratio of the largest to the smallest bar above which a linear axis would hide the small ones.</summary>
    private const double LinearRange = 30;

    /// <summary>Writes the figure and its table.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        var methods = view.Shown;
        var filled = methods.Where(method => method.MemoryBytes > 0).Select(method => (double)method.MemoryBytes).ToArray();
        var logarithmic = filled.Length > 0 && filled.Max() / filled.Min() > LinearRange;
        html.Element("h3", "Memory");
        html.Element("p", "Bytes kept at the end of the stream; the overhead is labels and headers"
            + (logarithmic ? "; logarithmic axis: equal lengths are equal ratios." : "."));
        using (html.Open("div", ("class", "beside")))
        {
            if (filled.Length > 0)
            {
                using (html.Open("figure"))
                {
                    WriteBars(html, view, filled, logarithmic);
                }
            }

            HtmlTable.Write(
                html, "Memory counted three ways", ["Method", "Scalars", "Payload, B", "Overhead, B", "Total, B", "F"],
                methods.Select((method, s) => (IReadOnlyList<TableCell>)
                [
                    new TableCell(view.LabelOf(method), Series: s),
                    NumberText.Count(method.Memory.Scalars),
                    NumberText.Count(method.Memory.PayloadBytes),
                    NumberText.Count(method.Memory.BookkeepingBytes),
                    new TableCell(NumberText.Count(method.MemoryBytes), Strong: true),
                    double.IsNaN(method.CompressionFactor) ? NumberText.Missing : NumberText.Short(method.CompressionFactor) + "×",
                ]),
                cards: true);
        }
    }

    private static void WriteBars(HtmlWriter html, DocumentView view, double[] filled, bool logarithmic)
    {
        var methods = view.Shown;
        var bottom = Top + (methods.Count * RowHeight) + 4;
        var scale = logarithmic
            ? PlotScale.Logarithmic(Math.Pow(10, Math.Floor(Math.Log10(filled.Min()) - 0.3)), filled.Max(), Left, Right)
            : PlotScale.Linear(0, filled.Max(), Left, Right);
        using (Figure.Open(
            html, Width, bottom + 44, $"Memory in bytes, {view.Title}",
            string.Join("; ", methods.Select(m => $"{view.LabelOf(m)} {NumberText.Count(m.MemoryBytes)} bytes")) + "."))
        {
            foreach (var tick in scale.Ticks)
            {
                Figure.Line(html, scale.Place(tick), Top, scale.Place(tick), bottom, "grid");
            }

            for (var s = 0; s < methods.Count; s++)
            {
                var y = Top + (s * RowHeight);
                Figure.Label(html, Left, y + 15, view.LabelOf(methods[s]), "start", "halo");
                Figure.Label(html, Right, y + 15, NumberText.Count(methods[s].MemoryBytes) + " B", "end", "halo");
                if (methods[s].MemoryBytes > 0)
                {
                    html.Leaf(
                        "rect", ("class", "bar " + SeriesMark.ColorClass(s)), ("x", Number(Left)), ("y", Number(y + 21)),
                        ("width", Number(Math.Max(1, scale.Place(methods[s].MemoryBytes) - Left))), ("height", "12"));
                }
            }

            Figure.Line(html, Left, bottom, Right, bottom, "frame");
            foreach (var tick in scale.Ticks)
            {
                var x = scale.Place(tick);
                Figure.Line(html, x, bottom, x, bottom + 4, "frame");
                Figure.Label(html, x, bottom + 18, NumberText.ByteTick(tick), x < Left + 16 ? "start" : x > Right - 16 ? "end" : "middle");
            }

            Figure.Label(html, 0.5 * (Left + Right), bottom + 37, logarithmic ? "bytes, logarithmic" : "bytes", "middle", "axis");
        }
    }
}
