using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Engram.Results;

namespace Engram.Report;

/// <summary>Writes the figures of a page as SVG files of their own, each with its style sheet and its legend, for documents that embed pictures.</summary>
public static class FigureFiles
{
    private const double Row = 22, Key = 44, Letter = 7.4, Margin = 12; // a letter is as wide as this at most on average
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>Writes every plot of the page that <see cref="HtmlReport"/> makes of the documents; heat maps and pictures stay on the page.</summary>
    /// <param name="documents">The documents, at least one.</param>
    /// <param name="folder">Where the files go; it is created. A file is named after its figure's title.</param>
    /// <returns>The files, in the order of the page.</returns>
    /// <exception cref="ArgumentException">There are no documents.</exception>
    public static IReadOnlyList<string> Write(IReadOnlyList<ResultDocument> documents, string folder)
    {
        using StringWriter page = new(CultureInfo.InvariantCulture);
        HtmlReport.Write(documents, page);
        using XmlReader reader = XmlReader.Create(new StringReader(page.ToString()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        List<string> files = [];
        foreach (XElement figure in XDocument.Load(reader).Descendants("svg").Where(svg => IsPlot(svg)).ToArray())
        {
            string name = FileName(figure.Element("title")?.Value ?? "figure");
            string path = Path.Combine(folder, name + ".svg");
            for (int copy = 2; files.Contains(path); copy++)
                path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{copy}.svg"));
            XDocument whole = new(Standalone(figure));
            HtmlPage.Save(path, writer => whole.Save(writer, SaveOptions.DisableFormatting));
            files.Add(path);
        }

        return files;
    }

    private static bool IsPlot(XElement svg) => Classes(svg) is var classes && classes.Contains("plot") && !classes.Contains("map");

    private static string[] Classes(XElement element) => ((string?)element.Attribute("class") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static XElement Standalone(XElement figure)
    {
        double[] box = [.. ((string)figure.Attribute("viewBox")!).Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
        double width = box[2], height = box[3];
        (XElement Key, string Text)[] legend = [.. Legend(figure)];
        double column = Key + (Letter * legend.Select(entry => entry.Text.Length).DefaultIfEmpty(0).Max());
        int across = Math.Max(1, (int)((width - Margin) / column)), down = (legend.Length + across - 1) / across;
        double whole = height + (down == 0 ? 0 : (down * Row) + Margin);
        string text = string.Create(CultureInfo.InvariantCulture, $"{width} {whole}");
        XElement svg = new(Svg + "svg", new XAttribute("viewBox", $"0 0 {text}"), new XAttribute("width", HtmlWriter.Number(width)), new XAttribute("height", HtmlWriter.Number(whole)),
            new XAttribute("font-family", "system-ui, sans-serif"), figure.Attribute("class"), figure.Attribute("role"), figure.Attribute("aria-labelledby"),
            new XElement(Svg + "style", ReportStyle.Colors + ReportStyle.Figures),
            new XElement(Svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("style", "fill: var(--page)")),
            figure.Nodes().Select(Named));
        for (int i = 0; i < legend.Length; i++)
        {
            double x = Margin + (i % across * column), y = height + (i / across * Row);
            svg.Add(new XElement(Svg + "g", new XAttribute("transform", $"translate({HtmlWriter.Number(x)} {HtmlWriter.Number(y)})"), legend[i].Key.Nodes().Select(Named),
                new XElement(Svg + "text", new XAttribute("x", "32"), new XAttribute("y", "10.5"), legend[i].Text)));
        }

        return svg;
    }

    // the first column of a section's table is the legend of the figures before it
    private static IEnumerable<(XElement Key, string Text)> Legend(XElement figure)
    {
        XElement? next = figure.Document!.Descendants().SkipWhile(element => element != figure).Skip(1).FirstOrDefault(element => element.Name == "table" || element.Name == "h3");
        return next?.Name == "table"
            ? next.Descendants("svg").Where(svg => Classes(svg).Contains("key")).Select(key => (key, TextBeside(key)))
            : [];
    }

    // without the cell's small print
    private static string TextBeside(XElement key) =>
        string.Concat(key.Parent!.DescendantNodes().OfType<XText>().Where(text => text.Ancestors().All(above => above.Name != "small")).Select(text => text.Value)).Trim();

    // page elements have no namespace; a file of its own must name it
    private static XNode Named(XNode node) => node is XElement element
        ? new XElement(Svg + element.Name.LocalName, element.Attributes(), element.Nodes().Select(Named))
        : node;

    private static string FileName(string title)
    {
        StringBuilder name = new();
        foreach (char c in title.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
                name.Append(c);
            else if (name.Length > 0 && name[^1] != '-')
                name.Append('-');
        }

        return name.ToString().TrimEnd('-');
    }
}
