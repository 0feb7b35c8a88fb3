using System.Text.Json.Nodes;
using System.Xml.Linq;
using Engram.Results;

namespace Engram.Report.Tests;

/// <summary>Differences along an axis of numbers, and over mixes of conflicting and aligned samples.</summary>
public sealed class AxisSectionTests
{
    [Fact]
    public void An_axis_of_numbers_has_a_panel_per_place_with_differences_paired_by_seed()
    {
        XElement page = Page(Buffers());
        XElement[] figures = Figures(page, "Differences along buffer");
        Assert.Equal(["Differences along buffer: digits, buffers", "Differences along buffer: mnist, buffers"], figures.Select(TitleOf).Order());
        XElement digits = figures.Single(figure => TitleOf(figure).Contains("digits", StringComparison.Ordinal));
        // two methods with a baseline; the baseline is no line of its own
        Assert.Equal(2, digits.Descendants("polyline").Count(line => ((string)line.Attribute("class")!).StartsWith("line", StringComparison.Ordinal)));
        Assert.Equal(2 * 3, digits.Descendants("line").Count(line => ((string)line.Attribute("class")!).StartsWith("whisker", StringComparison.Ordinal)));

        XElement table = TableAfter(page, "Differences along buffer: digits");
        Assert.Equal(["Line", "500", "1,000", "5,000"], table.Element("thead")!.Descendants("th").Select(cell => cell.Value));
        // differences of the two seeds at 500: 0.10 and 0.12; Student's factor for one degree of freedom is 12.706
        Assert.Equal("+11.00 ± 12.71", Row(table, "mir − random")[0]);
        Assert.Equal("+1.00 ± 0.00", Row(table, "balanced − random")[0]);
        Assert.Equal("−3.00 ± 0.00", Row(table, "balanced − random")[2]);
        // a logarithmic axis: 1,000 is nearer to 500 than to 5,000
        double[] x = [.. digits.Descendants("polyline").First().Attribute("points")!.Value.Split(' ').Select(point => double.Parse(point.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.InRange((x[1] - x[0]) / (x[2] - x[0]), 0.29, 0.31);
    }

    [Fact]
    public void Mixes_are_one_panel_with_a_line_a_place()
    {
        JsonObject config = JsonNode.Parse("""
            {
              "name": "mixes",
              "methods": [
                { "name": "random", "strategy": { "kind": "balanced-retrieval", "conflicting": 0, "aligned": 0, "random": 10 } },
                { "name": "10-0", "baseline": "random", "strategy": { "kind": "balanced-retrieval", "conflicting": 10, "aligned": 0, "random": 0 } },
                { "name": "8-2", "baseline": "random", "strategy": { "kind": "balanced-retrieval", "conflicting": 8, "aligned": 2 } },
                { "name": "half", "baseline": "random", "strategy": { "kind": "balanced-retrieval", "conflicting": 5, "aligned": 0, "random": 5 } },
                { "name": "0-10", "baseline": "random", "strategy": { "kind": "balanced-retrieval", "conflicting": 0, "aligned": 10, "random": 0 } }
              ],
              "axes": { "scenario": { "class": {}, "task": {} } }
            }
            """)!.AsObject();
        IEnumerable<CellResult> cells =
            from scenario in new[] { "class", "task" }
            from method in new[] { ("random", 0.5), ("10-0", 0.4), ("8-2", scenario == "task" ? 0.75 : 0.625), ("half", 0.9), ("0-10", 0.5) }
            from seed in new[] { 0, 1 }
            select Cell(method.Item1, seed, method.Item2, new JsonObject { ["scenario"] = scenario });
        XElement page = Page(CellAggregation.ToDocument("mixes", config, SampleDocuments.Environment, cells));
        XElement figure = Assert.Single(Figures(page, "Mixes of conflicting and aligned samples"));
        Assert.Equal("Mixes of conflicting and aligned samples, difference to random, mixes", TitleOf(figure));
        XElement table = TableAfter(page, "Mixes of conflicting");
        Assert.Equal(["Line", "0", "0.2", "1"], table.Element("thead")!.Descendants("th").Select(cell => cell.Value));
        Assert.Equal(["−10.00 ± 0.00", "+25.00 ± 0.00", "0.00 ± 0.00"], Row(table, "task"));
        Assert.Equal("+12.50 ± 0.00", Row(table, "class")[1]);
    }

    [Fact]
    public void Without_numbers_or_mixes_there_is_no_panel()
    {
        Assert.Empty(Figures(Page(SampleDocuments.Rotation()), "Differences along"));
        Assert.Empty(Figures(Page(SampleDocuments.RankAblation()), "Mixes"));
    }

    private static ResultDocument Buffers()
    {
        JsonObject config = JsonNode.Parse("""
            {
              "name": "buffers",
              "methods": [{ "name": "random" }, { "name": "mir", "baseline": "random" }, { "name": "balanced", "baseline": "random" }],
              "axes": { "stream": { "mnist": {}, "digits": {} }, "buffer": { "500": {}, "1000": {}, "5000": {} } }
            }
            """)!.AsObject();
        IEnumerable<CellResult> cells =
            from stream in new[] { "mnist", "digits" }
            from buffer in new[] { "500", "1000", "5000" }
            from seed in new[] { 0, 1 }
            from method in new[] { ("random", 0.5), ("mir", 0.6 + (0.02 * seed)), ("balanced", buffer == "5000" ? 0.47 : 0.51) }
            select Cell(method.Item1, seed, method.Item2, new JsonObject { ["stream"] = stream, ["buffer"] = buffer });
        return CellAggregation.ToDocument("buffers", config, SampleDocuments.Environment, cells);
    }

    private static CellResult Cell(string method, int seed, double acc, JsonObject settings) =>
        SampleDocuments.Cell(method, seed, [[0.1, 0.1], [acc, 0.1], [acc, acc]], new MemoryUse(100, 100, 1), settings: settings);

    private static XElement Page(ResultDocument document)
    {
        using StringWriter page = new(System.Globalization.CultureInfo.InvariantCulture);
        HtmlReport.Write([document], page);
        string text = page.ToString();
        return XElement.Parse(text[text.IndexOf("<html", StringComparison.Ordinal)..]);
    }

    private static XElement[] Figures(XElement page, string title) =>
        [.. page.Descendants("svg").Where(svg => TitleOf(svg).StartsWith(title, StringComparison.Ordinal))];

    private static string TitleOf(XElement svg) => svg.Element("title")?.Value ?? "";

    private static XElement TableAfter(XElement page, string heading) =>
        page.Descendants("h3").Single(h => h.Value.StartsWith(heading, StringComparison.Ordinal)).ElementsAfterSelf().SelectMany(e => e.DescendantsAndSelf("table")).First();

    private static string[] Row(XElement table, string name) =>
        [.. table.Element("tbody")!.Elements("tr").Single(row => row.Elements().First().Value.EndsWith(name, StringComparison.Ordinal)).Elements().Skip(1).Select(cell => cell.Value)];
}
