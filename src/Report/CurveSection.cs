using System.Globalization;
using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>Average accuracy over the tasks seen so far, after each task, one line a method with its band over the seeds.</summary>
internal static class CurveSection
{
    private const double Width = 480, Height = 340, Left = 46, Right = 470, Top = 34, Bottom = 290;

    /// <summary>Writes the figure and the table of its numbers, which is its legend.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        var curves = view.Shown.Select(MatrixSummary.CurveOverSeenTasks).ToArray();
        if (curves.Length == 0)
        {
            return;
        }

        var tasks = curves.Max(curve => curve.Length);
        html.Element("h3", "Accuracy after each task");
        html.Element("p", "Average accuracy over the tasks seen so far, with the 95 % interval over the seeds as a band. "
            + "A method that was measured only at the end of the stream is a level dashed line.");
        using (html.Open("div", ("class", tasks > 6 ? "beside stacked" : "beside")))
        {
            using (html.Open("figure"))
            {
                WritePlot(html, view, curves, tasks);
            }

            var columns = new List<string> { "Method" };
            columns.AddRange(Enumerable.Range(1, tasks).Where(task => IsListed(task, tasks)).Select(Text));
            HtmlTable.Write(
                html, "Accuracy over the tasks seen so far, percent, after learning the task of the column", columns,
                view.Shown.Select((method, s) => (IReadOnlyList<TableCell>)
                [
                    new TableCell(view.LabelOf(method), Series: s),
                    .. Enumerable.Range(1, tasks).Where(task => IsListed(task, tasks)).Select(task =>
                        task <= curves[s].Length ? Cell(curves[s][task - 1]) : NumberText.Missing),
                ]),
                cards: columns.Count > 6);
        }
    }

    private static TableCell Cell(Statistic value) => new(
        NumberText.Percent(value.Mean, 1),
        double.IsNaN(value.Ci95) ? null : "±" + NumberText.Percent(value.Ci95, 1));

    /// <summary>Long streams list at most about ten tasks, the last always among them.</summary>
    private static bool IsListed(int task, int tasks)
    {
        var every = (tasks + 9) / 10;
        return (tasks - task) % every == 0;
    }

    private static void WritePlot(HtmlWriter html, DocumentView view, Statistic[][] curves, int tasks)
    {
        var bounds = curves.SelectMany(curve => curve).Where(point => !double.IsNaN(point.Mean))
            .SelectMany(point => (double[])[point.Mean - Half(point), point.Mean + Half(point)]).DefaultIfEmpty(0.5).ToArray();
        var vertical = PlotScale.Linear(Math.Max(0, bounds.Min()), Math.Min(1, bounds.Max()), Bottom, Top);
        double PlaceTask(int task) => tasks == 1 ? 0.5 * (Left + Right) : Left + 10 + ((task - 1.0) / (tasks - 1) * (Right - Left - 20));

        using (Figure.Open(
            html, Width, Height, $"Accuracy after each task, {view.Title}",
            "Final values: " + string.Join("; ", view.Shown.Select((m, s) => $"{view.LabelOf(m)} {NumberText.Percent(curves[s][^1])} percent")) + "."))
        {
            Figure.VerticalAxis(html, vertical, Left, Right, Top, "ACC over seen tasks, %", v => NumberText.Fixed(100 * v, NeedsDecimal(vertical) ? 1 : 0));
            Figure.Line(html, Left, Bottom, Right, Bottom, "frame");
            for (var task = 1; task <= tasks; task++)
            {
                if (IsListed(task, tasks))
                {
                    Figure.Label(html, PlaceTask(task), Bottom + 18, Text(task));
                }
            }

            Figure.Label(html, 0.5 * (Left + Right), Bottom + 37, "tasks learned", "middle", "axis");
            for (var s = 0; s < curves.Length; s++)
            {
                WriteBand(html, s, curves[s], PlaceTask, vertical);
            }

            for (var s = 0; s < curves.Length; s++)
            {
                WriteLine(html, s, curves[s], PlaceTask, vertical);
            }
        }
    }

    private static bool NeedsDecimal(PlotScale scale) => scale.Ticks.Any(tick => Math.Abs((100 * tick) - Math.Round(100 * tick)) > 1e-6);

    private static double Half(Statistic point) => double.IsNaN(point.Ci95) ? 0 : point.Ci95;

    private static void WriteBand(HtmlWriter html, int series, Statistic[] curve, Func<int, double> place, PlotScale vertical)
    {
        var measured = Measured(curve).Where(i => !double.IsNaN(curve[i].Ci95)).ToArray();
        if (measured.Length < 2)
        {
            return;
        }

        var upper = measured.Select(i => $"{Number(place(i + 1))},{Number(vertical.Place(curve[i].Mean + curve[i].Ci95))}");
        var lower = measured.Reverse().Select(i => $"{Number(place(i + 1))},{Number(vertical.Place(curve[i].Mean - curve[i].Ci95))}");
        html.Leaf("polygon", ("class", "band " + SeriesMark.ColorClass(series)), ("points", string.Join(" ", upper.Concat(lower))));
    }

    private static void WriteLine(HtmlWriter html, int series, Statistic[] curve, Func<int, double> place, PlotScale vertical)
    {
        var measured = Measured(curve).ToArray();
        var name = "line " + SeriesMark.ColorClass(series);
        if (measured.Length == 1 && curve.Length > 1)
        {
            var y = vertical.Place(curve[measured[0]].Mean);
            Figure.Line(html, Left, y, Right, y, name, "4 4");
        }
        else if (measured.Length > 1)
        {
            html.Leaf(
                "polyline", ("class", name), ("stroke-dasharray", SeriesMark.Dash(series)),
                ("points", string.Join(" ", measured.Select(i => $"{Number(place(i + 1))},{Number(vertical.Place(curve[i].Mean))}"))));
        }

        foreach (var i in measured)
        {
            SeriesMark.Write(html, series, place(i + 1), vertical.Place(curve[i].Mean), curve.Length > 10 ? 3 : 4);
        }
    }

    private static IEnumerable<int> Measured(Statistic[] curve) => Enumerable.Range(0, curve.Length).Where(i => !double.IsNaN(curve[i].Mean));

    private static string Text(int task) => task.ToString(CultureInfo.InvariantCulture);
}
