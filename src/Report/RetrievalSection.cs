using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>
/// Who is retrieved from the memory: how many times as often an age or a class is among the replayed rows as among the candidates they were chosen from, and
/// what was measured of the retrieved sets.
/// </summary>
internal static class RetrievalSection
{
    private const double Width = 480, Height = 320, Left = 52, Right = 470, Top = 34, Bottom = 270;

    /// <summary>Heading of figures and table.</summary>
    public const string Heading = "Who is retrieved";

    private static readonly (string Extra, string Name)[] Quantities =
    [
        ("retrievedInnerDistance", "inner distance"),
        ("randomInnerDistance", "of a random set"),
        ("retrievedProxyDistance", "proxy distance"),
        ("randomProxyDistance", "of a random set"),
        ("gradientCosine", "cos of gradients"),
        ("gradientAngle", "angle, degrees"),
        ("gradientConflict", "conflict, %"),
    ];

    /// <summary>Writes figures and table; nothing where no shown method retrieves.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        MethodResult[] counted = [.. view.Shown.Where(method => method.Retrievals is { Count: > 0 })];
        MethodResult[] measured = [.. view.Shown.Where(method => method.Extras is { } extras && Quantities.Any(quantity => extras.ContainsKey(quantity.Extra)))];
        if (counted.Length == 0 && measured.Length == 0)
        {
            return;
        }

        html.Element("h3", Heading);
        if (counted.Length > 0)
        {
            html.Element("p", "How many times as often rows of an age (0: stored in the running task) or of a class are replayed as they are drawn as candidates, summed "
                + "over the seeds: 1 where nothing is preferred.");
            using (html.Open("div", ("class", "beside even")))
            {
                WritePlot(html, view, counted, "by age", "tasks ago", counts => (counts.ReplayedByAge, counts.DrawnByAge));
                WritePlot(html, view, counted, "by class", "class", counts => (counts.ReplayedByClass, counts.DrawnByClass));
            }
        }

        if (measured.Length > 0)
        {
            HtmlTable.Write(
                html, "Retrieved sets and the incoming batch, means over measured steps ± 95 % interval over the seeds", ["Method", .. Quantities.Select(quantity => quantity.Name)],
                measured.Select(method => (IReadOnlyList<TableCell>)[new TableCell(view.LabelOf(method), Series: view.SeriesOf(method)), .. Quantities.Select(quantity => Cell(method, quantity.Extra))]),
                cards: true);
        }
    }

    /// <summary>Preferences of a method over all its seeds together.</summary>
    public static double[] Preferences(MethodResult method, Func<RetrievalCounts, (IReadOnlyList<long> Replayed, IReadOnlyList<long> Drawn)> part)
    {
        var parts = method.Retrievals!.Select(part).ToArray();
        var length = parts.Max(counts => counts.Drawn.Count);
        long[] replayed = new long[length], drawn = new long[length];
        foreach (var (seedReplayed, seedDrawn) in parts)
        {
            for (var i = 0; i < seedDrawn.Count; i++)
            {
                replayed[i] += seedReplayed[i];
                drawn[i] += seedDrawn[i];
            }
        }

        return RetrievalCounts.Preference(replayed, drawn);
    }

    private static TableCell Cell(MethodResult method, string extra) =>
        method.Extras is { } extras && extras.TryGetValue(extra, out var value)
            ? extra == "gradientConflict" ? NumberText.Percent(value) : NumberText.Short(value)
            : NumberText.Missing;

    private static void WritePlot(
        HtmlWriter html, DocumentView view, MethodResult[] methods, string title, string axis,
        Func<RetrievalCounts, (IReadOnlyList<long> Replayed, IReadOnlyList<long> Drawn)> part)
    {
        var curves = methods.Select(method => Preferences(method, part)).ToArray();
        var values = curves.SelectMany(curve => curve).Where(double.IsFinite).Append(1).ToArray();
        var count = curves.Max(curve => curve.Length);
        var vertical = PlotScale.Linear(Math.Min(0.9, values.Min()), Math.Max(1.1, values.Max()), Bottom, Top);
        double Place(int i) => count == 1 ? 0.5 * (Left + Right) : Left + 10 + ((double)i / (count - 1) * (Right - Left - 20));
        using (html.Open("figure"))
        using (Figure.Open(html, Width, Height, $"{Heading} {title}, {view.Title}", "Most preferred: " + string.Join("; ", methods.Select((m, s) => $"{view.LabelOf(m)} {Most(curves[s], axis)}")) + "."))
        {
            Figure.VerticalAxis(html, vertical, Left, Right, Top, $"replayed share over drawn share, {title}", NumberText.ShortTick);
            Figure.Line(html, Left, Bottom, Right, Bottom, "frame");
            Figure.Line(html, Left, vertical.Place(1), Right, vertical.Place(1), "frame", "2 3");
            for (var i = 0; i < count; i += Math.Max(1, (count + 9) / 10))
            {
                Figure.Label(html, Place(i), Bottom + 18, Number(i));
            }

            Figure.Label(html, 0.5 * (Left + Right), Bottom + 37, axis, "middle", "axis");
            for (var s = 0; s < methods.Length; s++)
            {
                var series = view.SeriesOf(methods[s])!.Value;
                int[] shown = [.. Enumerable.Range(0, curves[s].Length).Where(i => double.IsFinite(curves[s][i]))];
                html.Leaf("polyline", ("class", "line " + SeriesMark.ColorClass(series)), ("stroke-dasharray", SeriesMark.Dash(series)),
                    ("points", string.Join(" ", shown.Select(i => $"{Number(Place(i))},{Number(vertical.Place(curves[s][i]))}"))));
                foreach (var i in shown.Where(_ => count <= 25))
                {
                    SeriesMark.Write(html, series, Place(i), vertical.Place(curves[s][i]), 3);
                }
            }
        }
    }

    private static string Most(double[] curve, string axis)
    {
        var best = -1;
        for (var i = 0; i < curve.Length; i++)
        {
            best = double.IsFinite(curve[i]) && (best < 0 || curve[i] > curve[best]) ? i : best;
        }

        return best < 0 ? "nothing" : $"{axis} {Number(best)}, {NumberText.Short(curve[best])} times";
    }
}
