using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>
/// Accuracy against the compression factor on a logarithmic axis: one line a method with its ranks as point labels and its
/// knee ringed; methods with one factor are single marks, methods without one (no memory, joint training) level lines.
/// </summary>
internal static class CompressionSection
{
    private const double Width = 480, Height = 350, Left = 46, Right = 470, Top = 34, Bottom = 300;

    /// <summary>Writes the figure and its table; nothing when no method has a compression factor.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        var curves = CompressionCurve.Collect(view.Document, view.Names, out var others);
        // A sweep over something else would scatter one method over the figure: only what the other figures show is kept.
        var singles = others.Where(m => view.SeriesOf(m) is not null && double.IsFinite(m.CompressionFactor) && m.CompressionFactor > 0).ToArray();
        var levels = others.Where(m => view.SeriesOf(m) is not null && !double.IsFinite(m.CompressionFactor)).ToArray();
        if (curves.Count == 0 && singles.Length == 0)
        {
            return;
        }

        html.Element("h3", "Accuracy against compression");
        html.Element("p", "F is the number of scalars of the summarized images over the number of scalars kept. A ring marks the knee of a line: the point "
            + "farthest above the straight line between its ends over log F. Single marks are methods with one factor, dashed level lines methods without any.");
        using (html.Open("div", ("class", "beside")))
        {
            using (html.Open("figure"))
            {
                WritePlot(html, view, curves, singles, levels);
            }

            HtmlTable.Write(html, "Accuracy against compression", ["Method", "Point", "F", "ACC, %", "Memory, bytes"], Rows(view, curves, singles, levels), cards: true);
        }
    }

    private static IEnumerable<IReadOnlyList<TableCell>> Rows(
        DocumentView view, IReadOnlyList<CompressionCurve> curves, IReadOnlyList<MethodResult> singles, IReadOnlyList<MethodResult> levels)
    {
        for (var c = 0; c < curves.Count; c++)
        {
            var curve = curves[c];
            for (var i = 0; i < curve.Points.Count; i++)
            {
                var (method, text) = curve.Points[i];
                yield return Row(curve.Label, SeriesOf(view, curve, c), text + (i == curve.Knee ? ", knee" : ""), method, i == curve.Knee);
            }
        }

        foreach (var method in singles.Concat(levels))
        {
            yield return Row(view.LabelOf(method), view.SeriesOf(method)!.Value, NumberText.Missing, method, false);
        }
    }

    private static IReadOnlyList<TableCell> Row(string label, int series, string point, MethodResult method, bool strong) =>
    [
        new TableCell(label, Series: series),
        new TableCell(point, Strong: strong),
        NumberText.Short(method.CompressionFactor),
        NumberText.Percent(method.Acc),
        NumberText.Count(method.MemoryBytes),
    ];

    /// <summary>A line looks like the one of its points that the other figures show.</summary>
    private static int SeriesOf(DocumentView view, CompressionCurve curve, int position) =>
        curve.Points.Min(point => view.SeriesOf(point.Method)) ?? view.Shown.Count + position;

    private static void WritePlot(
        HtmlWriter html, DocumentView view, IReadOnlyList<CompressionCurve> curves, MethodResult[] singles, MethodResult[] levels)
    {
        var placed = curves.SelectMany(curve => curve.Points).Select(point => point.Method).Concat(singles).ToArray();
        var all = placed.Concat(levels).Where(m => !double.IsNaN(m.Acc.Mean)).ToArray();
        var horizontal = PlotScale.Logarithmic(placed.Min(m => m.CompressionFactor) / 1.3, placed.Max(m => m.CompressionFactor) * 1.5, Left, Right);
        var vertical = PlotScale.Linear(
            Math.Max(0, all.Select(m => m.Acc.Mean - Half(m)).DefaultIfEmpty(0).Min()),
            Math.Min(1, all.Select(m => m.Acc.Mean + Half(m)).DefaultIfEmpty(1).Max()),
            Bottom, Top);
        using (Figure.Open(
            html, Width, Height, $"Accuracy against compression factor, {view.Title}",
            string.Join(" ", curves.Select(c => c.Knee < 0 ? $"{c.Label}: no knee." : $"{c.Label}: knee at {c.Points[c.Knee].Text}.")
                .Concat(singles.Select(m => $"{view.LabelOf(m)}: {NumberText.Percent(m.Acc.Mean)} percent at F {NumberText.Short(m.CompressionFactor)}.")))))
        {
            Figure.VerticalAxis(html, vertical, Left, Right, Top, "ACC, %", v => NumberText.Fixed(100 * v, vertical.Ticks.Any(t => Math.Abs((100 * t) - Math.Round(100 * t)) > 1e-6) ? 1 : 0));
            Figure.HorizontalAxis(html, horizontal, Left, Right, Bottom, "compression factor F, logarithmic", NumberText.ShortTick);
            foreach (var method in levels.Where(m => !double.IsNaN(m.Acc.Mean)))
            {
                var y = vertical.Place(method.Acc.Mean);
                var series = view.SeriesOf(method)!.Value;
                Figure.Line(html, Left, y, Right, y, "line " + SeriesMark.ColorClass(series), "4 4");
                SeriesMark.Write(html, series, Right - 6, y);
            }

            for (var c = 0; c < curves.Count; c++)
            {
                WriteCurve(html, SeriesOf(view, curves[c], c), curves[c], horizontal, vertical, labelsAbove: c % 2 == 0);
            }

            foreach (var method in singles)
            {
                WritePoint(html, view.SeriesOf(method)!.Value, method, horizontal, vertical);
            }
        }
    }

    private static void WriteCurve(HtmlWriter html, int series, CompressionCurve curve, PlotScale horizontal, PlotScale vertical, bool labelsAbove)
    {
        var points = curve.Points.Where(point => !double.IsNaN(point.Method.Acc.Mean)).ToArray();
        html.Leaf(
            "polyline", ("class", "line " + SeriesMark.ColorClass(series)), ("stroke-dasharray", SeriesMark.Dash(series)),
            ("points", string.Join(" ", points.Select(p => $"{Number(horizontal.Place(p.Method.CompressionFactor))},{Number(vertical.Place(p.Method.Acc.Mean))}"))));
        for (var i = 0; i < points.Length; i++)
        {
            var (method, text) = points[i];
            var away = curve.Knee >= 0 && ReferenceEquals(method, curve.Points[curve.Knee].Method) ? 4 : 0;
            WritePoint(html, series, method, horizontal, vertical);
            double x = horizontal.Place(method.CompressionFactor), y = vertical.Place(method.Acc.Mean);
            Figure.Label(html, x + (labelsAbove ? 6 + away : -6 - away), y + (labelsAbove ? -8 - away : 17 + away), text, labelsAbove ? "start" : "end", "halo point");
        }

        if (curve.Knee >= 0)
        {
            var (method, _) = curve.Points[curve.Knee];
            html.Leaf("circle", ("class", "ring"), ("cx", Number(horizontal.Place(method.CompressionFactor))),
                ("cy", Number(vertical.Place(method.Acc.Mean))), ("r", "9"));
        }
    }

    private static void WritePoint(HtmlWriter html, int series, MethodResult method, PlotScale horizontal, PlotScale vertical)
    {
        if (double.IsNaN(method.Acc.Mean))
        {
            return;
        }

        var x = horizontal.Place(method.CompressionFactor);
        if (Half(method) > 0)
        {
            Figure.Line(html, x, vertical.Place(method.Acc.Mean - Half(method)), x, vertical.Place(method.Acc.Mean + Half(method)),
                "line " + SeriesMark.ColorClass(series));
        }

        SeriesMark.Write(html, series, x, vertical.Place(method.Acc.Mean));
    }

    private static double Half(MethodResult method) => double.IsNaN(method.Acc.Ci95) ? 0 : method.Acc.Ci95;
}
