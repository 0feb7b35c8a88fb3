using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>Draws <see cref="AxisCurves"/>: differences with their intervals over the numbers of an axis, and a table that is the legend.</summary>
internal static class AxisSection
{
    private const double Width = 480, Height = 340, Left = 52, Right = 470, Top = 34, Bottom = 290;
    private const int MostLabels = 12;

    /// <summary>Numbers that grow by this factor or more stand on a logarithmic axis.</summary>
    private const double WideRange = 8;

    /// <summary>Writes the panels.</summary>
    public static void Write(HtmlWriter html, string document, IReadOnlyList<AxisCurves.Panel> panels)
    {
        foreach (AxisCurves.Panel panel in panels)
        {
            html.Element("h3", panel.Title);
            html.Element("p", "Differences of ACC in points, paired by seed, with their 95 % intervals; nothing is corrected for the number of comparisons.");
            using (html.Open("div", ("class", "beside stacked")))
            {
                using (html.Open("figure"))
                {
                    WritePlot(html, document, panel);
                }

                HtmlTable.Write(
                    html, $"Points of ACC ± 95 % interval, by {panel.Axis}", ["Line", .. panel.Numbers.Select(NumberText.ShortTick)],
                    panel.Lines.Select((line, series) => (IReadOnlyList<TableCell>)[new TableCell(line.Name, Series: series), .. panel.Numbers.Select(x => Cell(line, x))]), cards: true);
            }
        }
    }

    private static TableCell Cell(AxisCurves.Line line, double x)
    {
        foreach (AxisCurves.Point point in line.Points)
        {
            if (point.X == x)
                return NumberText.Points(point.Difference.Mean, point.Difference.Ci95);
        }

        return NumberText.Missing;
    }

    private static void WritePlot(HtmlWriter html, string document, AxisCurves.Panel panel)
    {
        double[] ends = [.. panel.Lines.SelectMany(line => line.Points).SelectMany(point => (double[])[Low(point), High(point)]), 0];
        PlotScale vertical = PlotScale.Linear(ends.Min(), ends.Max(), Bottom, Top);
        double first = panel.Numbers[0], last = panel.Numbers[^1];
        bool logarithmic = first > 0 && last / first >= WideRange;
        // lines stand a little beside each other, or their intervals would hide one another
        double Place(double x, int series) => Left + 24 + (4.0 * (series - (0.5 * (panel.Lines.Count - 1))))
            + ((logarithmic ? Math.Log(x / first) / Math.Log(last / first) : (x - first) / (last - first)) * (Right - Left - 48));
        string lastPoints = string.Join("; ", panel.Lines.Select(line => $"{line.Name} {NumberText.Points(line.Points[^1].Difference.Mean, line.Points[^1].Difference.Ci95)}"));
        using (Figure.Open(html, Width, Height, $"{panel.Title}, {document}", $"At the largest number: {lastPoints} points."))
        {
            Figure.VerticalAxis(html, vertical, Left, Right, Top, "difference of ACC, points", value => NumberText.ShortTick(100 * value));
            Figure.Line(html, Left, Bottom, Right, Bottom, "frame");
            Figure.Line(html, Left, vertical.Place(0), Right, vertical.Place(0), "frame");
            double middle = 0.5 * (panel.Lines.Count - 1);
            foreach (double x in panel.Numbers.Count <= MostLabels ? panel.Numbers : [first, last])
                Figure.Label(html, Place(x, 0) + (4.0 * middle), Bottom + 18, NumberText.ShortTick(x));
            Figure.Label(html, 0.5 * (Left + Right), Bottom + 37, panel.Axis, "middle", "axis");
            for (int series = 0; series < panel.Lines.Count; series++)
                WriteLine(html, panel.Lines[series], series, Place, vertical);
        }
    }

    private static void WriteLine(HtmlWriter html, AxisCurves.Line line, int series, Func<double, int, double> place, PlotScale vertical)
    {
        string name = "line " + SeriesMark.ColorClass(series);
        foreach (AxisCurves.Point point in line.Points)
        {
            if (double.IsFinite(point.Difference.Ci95))
                Figure.Line(html, place(point.X, series), vertical.Place(Low(point)), place(point.X, series), vertical.Place(High(point)), "whisker " + SeriesMark.ColorClass(series));
        }

        html.Leaf("polyline", ("class", name), ("stroke-dasharray", SeriesMark.Dash(series)),
            ("points", string.Join(" ", line.Points.Select(point => $"{Number(place(point.X, series))},{Number(vertical.Place(point.Difference.Mean))}"))));
        foreach (AxisCurves.Point point in line.Points)
            SeriesMark.Write(html, series, place(point.X, series), vertical.Place(point.Difference.Mean), 3.5);
    }

    private static double Low(AxisCurves.Point point) => point.Difference.Mean - Half(point);

    private static double High(AxisCurves.Point point) => point.Difference.Mean + Half(point);

    private static double Half(AxisCurves.Point point) => double.IsFinite(point.Difference.Ci95) ? point.Difference.Ci95 : 0;
}
