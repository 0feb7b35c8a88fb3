using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>
/// Forward against backward transfer of methods whose strength was swept, with frontiers and hypervolumes; and, where they were measured, the inner products of the
/// updates with new and old gradients (the axes of figure 2 of arXiv 2410.00868).
/// </summary>
internal static class ParetoSection
{
    private const double Width = 560, Height = 420, Left = 56, Right = 546, Top = 34, Bottom = 368;

    /// <summary>Names of the table's columns.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["Method", "Strengths on the frontier of the method", "Strengths on the frontier of all", "Best BWT, %", "Best learning accuracy, %", "Hypervolume ×10⁴", "95 % bootstrap"];

    /// <summary>Writes figures and table; nothing where no strength was swept.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        if (ParetoStudy.Of(view.Document) is not { } study)
        {
            return;
        }

        html.Element("h3", "Forward against backward transfer");
        html.Element("p", "Each mark is one method at one memory strength (small print), mean over the seeds; up and to the right is better. A line joins the points of a method that none of "
            + "its other points dominates; rings mark the points that no point of any method dominates. Hypervolume is the area between a method's points and the worst corner: "
            + $"learning accuracy {NumberText.Percent(study.Reference.X)} %, BWT {NumberText.Percent(study.Reference.Y)} %.");
        using (html.Open("figure"))
        {
            Plot(html, $"Forward against backward transfer, {view.Title}", study, "learning accuracy, %", "BWT, %", 100,
                point => (point.LearningAccuracy.Mean, point.Bwt.Mean), frontiers: true);
        }

        HtmlTable.Write(html, "Frontiers and hypervolumes", Columns,
            Rows(study).Select((cells, f) => (IReadOnlyList<TableCell>)[new TableCell(cells[0], Series: f), .. cells.Skip(1).Select(text => new TableCell(text))]), cards: true);
        if (study.Families.SelectMany(family => family.Points).Any(point => point.ConstraintGaps is not null))
        {
            html.Element("p", "Inner products of the update with the gradient of the new task and with those of the old tasks, both on the tasks' training images, while the second task is learned "
                + "(means over steps and seeds).");
            using (html.Open("figure"))
            {
                Plot(html, $"Inner products of the updates, {view.Title}", study, "⟨z, new⟩", "⟨z, old⟩", 1, Products, frontiers: false);
            }
        }
    }

    /// <summary>The table as text. [families][columns]</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows(ParetoStudy study)
    {
        var all = study.Families.SelectMany(family => family.Points).ToArray();
        var best = ParetoFrontier.Of([.. all.Select(Place)]).Select(i => all[i]).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var (name, points) in study.Families)
        {
            var own = ParetoFrontier.Of([.. points.Select(Place)]).Select(i => points[i]).ToArray();
            var (value, low, high) = study.HyperVolume(points);
            yield return
            [
                name, Strengths(own), Strengths([.. own.Where(best.Contains)]), NumberText.Percent(points.Max(point => point.Bwt.Mean)),
                NumberText.Percent(points.Max(point => point.LearningAccuracy.Mean)), NumberText.Fixed(1e4 * value, 1),
                double.IsNaN(low) ? NumberText.Missing : $"{NumberText.Fixed(1e4 * low, 1)} to {NumberText.Fixed(1e4 * high, 1)}",
            ];
        }
    }

    private static string Strengths(MethodResult[] points) =>
        points.Length == 0 ? NumberText.Missing : string.Join(", ", points.Select(point => ParetoStudy.StrengthOf(point) is { Length: > 0 } strength ? strength : "yes"));

    private static (double X, double Y) Place(MethodResult point) => (point.LearningAccuracy.Mean, point.Bwt.Mean);

    // while the second task is learned
    private static (double X, double Y) Products(MethodResult point)
    {
        var rows = point.ConstraintGaps?.SelectMany(seed => seed).Where(row => row.Task == 1).ToArray() ?? [];
        return rows.Length == 0 ? (double.NaN, double.NaN) : (rows.Average(row => row.New), rows.Average(row => row.Data));
    }

    private static void Plot(
        HtmlWriter html, string title, ParetoStudy study, string across, string up, double scale, Func<MethodResult, (double X, double Y)> place, bool frontiers)
    {
        var all = study.Families.SelectMany(family => family.Points).ToArray();
        var placed = all.Select(place).ToArray();
        (double X, double Y)[] finite = [.. placed.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))];
        if (finite.Length == 0)
        {
            return;
        }

        var horizontal = PlotScale.Linear(scale * finite.Min(p => p.X), scale * finite.Max(p => p.X), Left, Right);
        var vertical = PlotScale.Linear(scale * finite.Min(p => p.Y), scale * finite.Max(p => p.Y), Bottom, Top);
        var best = ParetoFrontier.Of(placed).Select(i => all[i]).ToHashSet(ReferenceEqualityComparer.Instance);
        using (Figure.Open(html, Width, Height, title, string.Join(" ", study.Families.Select(family => $"{family.Name}: " + string.Join(", ", family.Points.Select(point =>
            $"{NumberText.Short(scale * place(point).X)} and {NumberText.Short(scale * place(point).Y)}")) + "."))))
        {
            Figure.VerticalAxis(html, vertical, Left, Right, Top, up, NumberText.ShortTick);
            Figure.HorizontalAxis(html, horizontal, Left, Right, Bottom, across, NumberText.ShortTick);
            for (var f = 0; f < study.Families.Count; f++)
            {
                var points = study.Families[f].Points;
                (double X, double Y)[] own = [.. points.Select(place)];
                if (frontiers && points.Length > 1)
                {
                    html.Leaf("polyline", ("class", "line " + SeriesMark.ColorClass(f)), ("stroke-dasharray", SeriesMark.Dash(f)),
                        ("points", string.Join(" ", ParetoFrontier.Of(own).Select(i => $"{Number(horizontal.Place(scale * own[i].X))},{Number(vertical.Place(scale * own[i].Y))}"))));
                }

                for (var i = 0; i < points.Length; i++)
                {
                    if (!double.IsFinite(own[i].X) || !double.IsFinite(own[i].Y))
                    {
                        continue;
                    }

                    double x = horizontal.Place(scale * own[i].X), y = vertical.Place(scale * own[i].Y);
                    SeriesMark.Write(html, f, x, y);
                    Figure.Label(html, x + 6, y - 6, ParetoStudy.StrengthOf(points[i]), "start", "halo point");
                    if (frontiers && best.Contains(points[i]))
                    {
                        html.Leaf("circle", ("class", "ring"), ("cx", Number(x)), ("cy", Number(y)), ("r", "8"));
                    }
                }
            }
        }
    }
}
