using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>The frame of an SVG figure: title and description for screen readers, axes, ticks and grid lines.</summary>
internal static class Figure
{
    /// <summary>Opens an SVG image of the given size in its own units; it scales with the page.</summary>
    public static HtmlWriter.Scope Open(HtmlWriter html, double width, double height, string title, string description, string? extraClass = null)
    {
        var id = html.FreshId();
        var scope = html.Open(
            "svg",
            ("class", extraClass is null ? "plot" : "plot " + extraClass),
            ("viewBox", $"0 0 {Number(width)} {Number(height)}"),
            ("role", "img"),
            ("aria-labelledby", $"{id}t {id}d"));
        html.Element("title", title, ("id", id + "t"));
        html.Element("desc", description, ("id", id + "d"));
        return scope;
    }

    /// <summary>Text in a figure.</summary>
    public static void Label(HtmlWriter html, double x, double y, string text, string anchor = "middle", string? name = null) =>
        html.Element("text", text, ("class", name), ("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor));

    /// <summary>A straight line.</summary>
    public static void Line(HtmlWriter html, double x1, double y1, double x2, double y2, string name, string? dash = null) =>
        html.Leaf("line", ("class", name), ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)),
            ("stroke-dasharray", dash));

    /// <summary>Grid lines and labels of the vertical axis; the name of the axis stands above it, where it needs no turning.</summary>
    public static void VerticalAxis(HtmlWriter html, PlotScale scale, double left, double right, double top, string name, Func<double, string> text)
    {
        Label(html, 0, top - 12, name, "start", "axis");
        foreach (var tick in scale.Ticks)
        {
            var y = scale.Place(tick);
            Line(html, left, y, right, y, "grid");
            Label(html, left - 6, y + 4.5, text(tick), "end");
        }
    }

    /// <summary>Ticks, labels and name of the horizontal axis.</summary>
    public static void HorizontalAxis(HtmlWriter html, PlotScale scale, double left, double right, double bottom, string name, Func<double, string> text)
    {
        Line(html, left, bottom, right, bottom, "frame");
        foreach (var tick in scale.Ticks)
        {
            var x = scale.Place(tick);
            Line(html, x, bottom, x, bottom + 4, "frame");
            Label(html, x, bottom + 18, text(tick));
        }

        Label(html, 0.5 * (left + right), bottom + 37, name, "middle", "axis");
    }
}
