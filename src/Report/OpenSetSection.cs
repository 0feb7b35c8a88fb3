using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>Open-set recognition: how well images of classes seen so far are told from those of classes to come, after every task, one line a method.</summary>
internal static class OpenSetSection
{
    private const double Width = 480, Height = 320, Left = 52, Right = 470, Top = 34, Bottom = 270;

    /// <summary>Heading of the figure.</summary>
    public const string Heading = "Known and unknown classes";

    /// <summary>Writes the figure and its table; nothing where it was not measured.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        MethodResult[] measured = [.. view.Shown.Where(method => method.OpenSets is { Count: > 0 } && method.OpenSets[0].Count > 0)];
        if (measured.Length == 0)
        {
            return;
        }

        html.Element("h3", Heading);
        html.Element("p", "AUROC of test images of the classes seen so far against those of classes to come, by the largest logit among the classes seen (with proxies the "
            + "largest cosine): the probability that a known image scores above an unknown one; 50 % is chance. Mean over the seeds.");
        var curves = measured.Select(Curve).ToArray();
        using (html.Open("div", ("class", "beside")))
        {
            using (html.Open("figure"))
            {
                WritePlot(html, view, measured, curves);
            }

            HtmlTable.Write(
                html, "AUROC, % ± 95 % interval over the seeds", ["Method", "mean over tasks", "after the first", "after the last but one"],
                measured.Select((method, s) => (IReadOnlyList<TableCell>)
                [
                    new TableCell(view.LabelOf(method), Series: view.SeriesOf(method)),
                    new TableCell(NumberText.Percent(Statistic.Of([.. method.OpenSets!.Select(areas => areas.Average())])), Strong: true),
                    NumberText.Percent(curves[s][0]), NumberText.Percent(curves[s][^1]),
                ]),
                cards: true);
        }
    }

    private static Statistic[] Curve(MethodResult method) =>
        [.. Enumerable.Range(0, method.OpenSets![0].Count).Select(t => Statistic.Of([.. method.OpenSets!.Select(areas => areas[t])]))];

    private static void WritePlot(HtmlWriter html, DocumentView view, MethodResult[] methods, Statistic[][] curves)
    {
        var values = curves.SelectMany(curve => curve).Select(point => point.Mean).Where(double.IsFinite).Append(0.5).ToArray();
        var count = curves.Max(curve => curve.Length);
        var vertical = PlotScale.Linear(values.Min(), values.Max(), Bottom, Top);
        double Place(int i) => count == 1 ? 0.5 * (Left + Right) : Left + 10 + ((double)i / (count - 1) * (Right - Left - 20));
        using (Figure.Open(html, Width, Height, $"{Heading}, {view.Title}",
            "After the last measured task: " + string.Join("; ", methods.Select((m, s) => $"{view.LabelOf(m)} {NumberText.Percent(curves[s][^1])} percent")) + "."))
        {
            Figure.VerticalAxis(html, vertical, Left, Right, Top, "AUROC, %", value => NumberText.ShortTick(100 * value));
            Figure.Line(html, Left, Bottom, Right, Bottom, "frame");
            for (var i = 0; i < count; i += Math.Max(1, (count + 9) / 10))
            {
                Figure.Label(html, Place(i), Bottom + 18, Number(i + 1));
            }

            Figure.Label(html, 0.5 * (Left + Right), Bottom + 37, "tasks learned", "middle", "axis");
            for (var s = 0; s < methods.Length; s++)
            {
                var series = view.SeriesOf(methods[s])!.Value;
                int[] shown = [.. Enumerable.Range(0, curves[s].Length).Where(i => double.IsFinite(curves[s][i].Mean))];
                html.Leaf("polyline", ("class", "line " + SeriesMark.ColorClass(series)), ("stroke-dasharray", SeriesMark.Dash(series)),
                    ("points", string.Join(" ", shown.Select(i => $"{Number(Place(i))},{Number(vertical.Place(curves[s][i].Mean))}"))));
                foreach (var i in shown)
                {
                    SeriesMark.Write(html, series, Place(i), vertical.Place(curves[s][i].Mean), 3);
                }
            }
        }
    }
}
