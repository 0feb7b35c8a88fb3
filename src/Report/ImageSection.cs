using System.Globalization;
using Engram.Results;

namespace Engram.Report;

/// <summary>Real images beside generated ones, one row a class, one column a source (method and rank).</summary>
internal static class ImageSection
{
    /// <summary>Most images of one kind in one cell.</summary>
    private const int MostInCell = 6;

    /// <summary>Writes one table a task; nothing when the document carries no images.</summary>
    public static void Write(HtmlWriter html, DocumentView view)
    {
        var images = view.Document.Images;
        if (images.Count == 0)
        {
            return;
        }

        html.Element("h3", "Real and generated images");
        html.Element("p", "Under each group: mean and standard deviation of its pixels on the scale from 0 to 1.");
        foreach (var task in images.GroupBy(image => image.Task).OrderBy(group => group.Key))
        {
            var sources = task.Select(SourceOf).Distinct().OrderBy(source => source.Kind).ToArray();
            using (html.Open("div", ("class", "scroll images")))
            using (html.Open("table"))
            {
                html.Element("caption", string.Create(CultureInfo.InvariantCulture, $"Task {task.Key + 1}"));
                using (html.Open("thead"))
                using (html.Open("tr"))
                {
                    html.Element("th", "class", ("scope", "col"));
                    foreach (var source in sources)
                    {
                        html.Element("th", source.Label, ("scope", "col"));
                    }
                }

                using (html.Open("tbody"))
                {
                    foreach (var row in task.GroupBy(image => image.Class).OrderBy(group => group.Key))
                    {
                        WriteRow(html, row.Key, sources, row.ToLookup(SourceOf));
                    }
                }
            }
        }
    }

    private static void WriteRow(HtmlWriter html, int label, Source[] sources, ILookup<Source, ResultImage> images)
    {
        using (html.Open("tr"))
        {
            html.Element("th", label.ToString(CultureInfo.InvariantCulture), ("scope", "row"));
            foreach (var source in sources)
            {
                using (html.Open("td"))
                {
                    var shown = images[source].Take(MostInCell).ToArray();
                    for (var i = 0; i < shown.Length; i++)
                    {
                        WriteImage(html, shown[i], $"{source.Label}, class {label}, {i + 1} of {shown.Length}");
                    }

                    if (shown.Length > 0)
                    {
                        html.Element("small", Moments(shown));
                    }
                }
            }
        }
    }

    private static void WriteImage(HtmlWriter html, ResultImage image, string text)
    {
        var png = PngEncoder.Encode(image.Pixels, image.Height, image.Width, image.Channels);
        html.Leaf(
            "img", ("alt", text), ("src", "data:image/png;base64," + Convert.ToBase64String(png)),
            ("width", image.Width.ToString(CultureInfo.InvariantCulture)), ("height", image.Height.ToString(CultureInfo.InvariantCulture)));
    }

    private static string Moments(ResultImage[] images)
    {
        var values = images.SelectMany(image => image.Pixels).Select(pixel => pixel / 255.0).ToArray();
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return $"{NumberText.Fixed(mean, 2)} ± {NumberText.Fixed(deviation, 2)}";
    }

    private static Source SourceOf(ResultImage image) => image.Kind == ResultImageKind.Real
        ? new Source(image.Kind, "real")
        : new Source(image.Kind, (image.Method ?? "generated") + (image.Rank is { } rank ? string.Create(CultureInfo.InvariantCulture, $" r={rank}") : ""));

    private readonly record struct Source(ResultImageKind Kind, string Label);
}
