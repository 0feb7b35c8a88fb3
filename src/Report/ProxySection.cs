using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>Paths of class proxies in the plane of their two principal components, one small figure a method, all on the scale of their own run.</summary>
internal static class ProxySection
{
    private const double Size = 300, Edge = 18, Top = 46;

    /// <summary>Heading of the figures.</summary>
    public const string Heading = "Paths of the class proxies";

    /// <summary>Writes the figures; nothing where no paths were followed.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        MethodResult[] followed = [.. view.Shown.Where(method => method.ProxyPlane is { Paths.Count: > 0 })];
        if (followed.Length == 0)
        {
            return;
        }

        html.Element("h3", Heading);
        html.Element("p", "Each class's proxy, brought to length 1, at the end of every task from the one that introduced it (ring) to the last (filled mark with the class's "
            + "number), in the plane of the two principal components of all snapshots of the run; the lowest seed. Planes of different methods are different planes.");
        using (html.Open("div", ("class", "tiles")))
        {
            foreach (var method in followed)
            {
                using (html.Open("figure"))
                {
                    WritePlane(html, view, method);
                }
            }
        }
    }

    private static void WritePlane(HtmlWriter html, DocumentView view, MethodResult method)
    {
        var plane = method.ProxyPlane!;
        double[] xs = [.. plane.Paths.SelectMany(path => path.X)], ys = [.. plane.Paths.SelectMany(path => path.Y)];
        // one scale for both axes: distances keep their proportions
        var span = Math.Max(1e-6, Math.Max(xs.Max() - xs.Min(), ys.Max() - ys.Min()));
        double middleX = 0.5 * (xs.Max() + xs.Min()), middleY = 0.5 * (ys.Max() + ys.Min()), unit = (Size - (2 * Edge)) / span;
        double PlaceX(double x) => (0.5 * Size) + ((x - middleX) * unit);
        double PlaceY(double y) => Top + (0.5 * Size) - ((y - middleY) * unit);
        using (Figure.Open(html, Size, Top + Size, $"{Heading}, {view.LabelOf(method)}, {view.Title}",
            $"{plane.Paths.Count} classes; the plane holds {NumberText.Percent(plane.Explained, 0)} percent of the variance. Way of the proxies: "
            + string.Join("; ", plane.Paths.Select(path => $"class {path.Class} {NumberText.Short(Length(path))}")) + "."))
        {
            Figure.Label(html, 0, 16, view.LabelOf(method), "start", "axis");
            Figure.Label(html, 0, 36, $"plane holds {NumberText.Percent(plane.Explained, 0)} % of the variance", "start");
            Figure.Line(html, 1, Top, Size - 1, Top, "grid");
            Figure.Line(html, 1, Top + Size - 1, Size - 1, Top + Size - 1, "grid");
            Figure.Line(html, 1, Top, 1, Top + Size - 1, "grid");
            Figure.Line(html, Size - 1, Top, Size - 1, Top + Size - 1, "grid");
            for (var i = 0; i < plane.Paths.Count; i++)
            {
                var path = plane.Paths[i];
                var color = SeriesMark.ColorClass(i);
                html.Leaf("polyline", ("class", "line " + color), ("stroke-dasharray", SeriesMark.Dash(i)),
                    ("points", string.Join(" ", path.X.Select((x, k) => $"{Number(PlaceX(x))},{Number(PlaceY(path.Y[k]))}"))));
                html.Leaf("circle", ("class", "line " + color), ("cx", Number(PlaceX(path.X[0]))), ("cy", Number(PlaceY(path.Y[0]))), ("r", "4"));
                html.Leaf("circle", ("class", "mark " + color), ("cx", Number(PlaceX(path.X[^1]))), ("cy", Number(PlaceY(path.Y[^1]))), ("r", "4"));
                var x = PlaceX(path.X[^1]);
                Figure.Label(html, x > Size - 30 ? x - 7 : x + 7, PlaceY(path.Y[^1]) - 5, Number(path.Class), x > Size - 30 ? "end" : "start", "halo");
            }
        }
    }

    // length of the way from point to point, in units of the unit sphere
    private static double Length(ProxyPath path)
    {
        double sum = 0;
        for (var k = 1; k < path.X.Count; k++)
        {
            sum += Math.Sqrt(Math.Pow(path.X[k] - path.X[k - 1], 2) + Math.Pow(path.Y[k] - path.Y[k - 1], 2));
        }

        return sum;
    }
}
