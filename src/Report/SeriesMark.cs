using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>How a series looks: one of eight colors, one of four shapes, one of three dashes, so that color is never alone.</summary>
internal static class SeriesMark
{
    /// <summary>Class that sets the color of a series.</summary>
    public static string ColorClass(int series) => "s" + Number(series % 8);

    /// <summary>Dash pattern of its line; <c>null</c> for a solid one.</summary>
    public static string? Dash(int series) => (series / 8 % 3) switch { 0 => null, 1 => "6 3", _ => "2 3" };

    /// <summary>Draws the mark at a point of a figure.</summary>
    public static void Write(HtmlWriter html, int series, double x, double y, double radius = 4)
    {
        var r = radius;
        var name = "mark " + ColorClass(series);
        switch (series % 4)
        {
            case 0:
                html.Leaf("circle", ("class", name), ("cx", Number(x)), ("cy", Number(y)), ("r", Number(r)));
                break;
            case 1:
                html.Leaf("rect", ("class", name), ("x", Number(x - (0.9 * r))), ("y", Number(y - (0.9 * r))),
                    ("width", Number(1.8 * r)), ("height", Number(1.8 * r)));
                break;
            case 2:
                Polygon((0, -1.25), (1.15, 0.85), (-1.15, 0.85));
                break;
            default:
                Polygon((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0));
                break;
        }

        void Polygon(params ReadOnlySpan<(double X, double Y)> corners)
        {
            var points = "";
            foreach (var (dx, dy) in corners)
            {
                points += $"{Number(x + (dx * r))},{Number(y + (dy * r))} ";
            }

            html.Leaf("polygon", ("class", name), ("points", points.TrimEnd()));
        }
    }

    /// <summary>Writes the mark beside text, as the entry of a legend.</summary>
    public static void WriteInline(HtmlWriter html, int series)
    {
        using (html.Open("svg", ("class", "key"), ("viewBox", "0 0 24 12"), ("width", "24"), ("height", "12"), ("aria-hidden", "true")))
        {
            html.Leaf("line", ("class", "line " + ColorClass(series)), ("x1", "0"), ("x2", "24"), ("y1", "6"), ("y2", "6"),
                ("stroke-dasharray", Dash(series)));
            Write(html, series, 12, 6, 4);
        }
    }
}
