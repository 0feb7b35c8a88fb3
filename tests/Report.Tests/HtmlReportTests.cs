using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engram.Results;

namespace Engram.Report.Tests;

public class HtmlReportTests
{
    [Fact]
    public void The_page_is_well_formed_for_every_kind_of_document()
    {
        foreach (var document in (ResultDocument[])[SampleDocuments.Rotation(), SampleDocuments.Rotation(tasks: 20), SampleDocuments.RankAblation(), SampleDocuments.Sweep()])
        {
            Assert.Equal("html", Parse(Page(document)).Root!.Name.LocalName);
        }
    }

    [Fact]
    public void All_sections_of_a_rotation_run_are_present()
    {
        var titles = Titles(Page(SampleDocuments.Rotation()));

        Assert.Equal(
            [
                "Summary", "Differences paired by seed", "Accuracy after each task", "Accuracy matrices", "Memory", "Accuracy against compression",
                "Real and generated images", "Further measurements",
            ],
            titles);
    }

    [Fact]
    public void A_sweep_gets_a_grid_of_all_settings_and_figures_at_the_best_setting_of_each_method()
    {
        var document = SampleDocuments.Sweep();
        var page = Parse(Page(document));

        var grid = page.Descendants("table").Single(table => table.Element("caption")!.Value == "ACC (BWT) by setting and method");
        Assert.Equal(6, grid.Element("tbody")!.Elements("tr").Count());
        Assert.Equal(["Setting", "finetune", "er-raw-51", "er-gen", "agem-gen"], grid.Descendants("th").Where(th => (string?)th.Attribute("scope") == "col").Select(th => th.Value));
        Assert.Equal(4, Svgs(page, "map").Count());
        Assert.Contains("That choice was made on the test data", Page(document), StringComparison.Ordinal);
        Assert.Contains("er-gen (learningRate=0.1, epochs=3)", Svgs(page, "map").Select(svg => svg.Element("title")!.Value["Accuracy matrix of ".Length..]));
    }

    [Fact]
    public void Every_accuracy_of_a_matrix_stands_in_its_cell()
    {
        var document = SampleDocuments.Rotation();
        var mean = MatrixSummary.Mean(document.Methods[1]);
        var map = Svgs(Parse(Page(document)), "map").Single(svg => svg.Element("title")!.Value == "Accuracy matrix of er-raw-51");

        var cells = map.Elements("text").Where(text => text.Attribute("style") is not null).Select(text => text.Value);

        Assert.Equal(mean.SelectMany(row => row).Select(value => NumberText.Percent(value, 1)), cells);
        Assert.Equal(30, map.Elements("rect").Count());
    }

    [Fact]
    public void The_numbers_of_the_summary_are_those_of_the_document()
    {
        var document = SampleDocuments.Rotation();
        var rows = Parse(Page(document)).Descendants("table").First().Element("tbody")!.Elements("tr").ToArray();

        Assert.Equal(document.Methods.Count, rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            var cells = rows[i].Elements().ToArray();
            Assert.Equal(document.Methods[i].Label, cells[0].Value.Trim());
            Assert.Equal(NumberText.Percent(document.Methods[i].Acc), cells[1].Value.Trim());
            Assert.Equal(NumberText.Count(document.Methods[i].MemoryBytes), cells.Single(c => (string?)c.Attribute("data-label") == "Memory, bytes").Value.Trim());
        }
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere_and_nothing_runs()
    {
        var page = Page(SampleDocuments.Rotation(), SampleDocuments.Sweep());

        Assert.DoesNotMatch("https?:|//[a-z]|<script|<link|<iframe|url\\(|@import", Regex.Replace(page, "base64,[^\"]*", ""));
        Assert.All(Parse(page).Descendants("img"), img => Assert.StartsWith("data:image/png;base64,", (string)img.Attribute("src")!, StringComparison.Ordinal));
        Assert.All(Parse(page).Descendants("a"), a => Assert.StartsWith("#", (string)a.Attribute("href")!, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("' onload='x")]
    [InlineData("]]></style><b>&amp;")]
    [InlineData("bell \u0007, half \ud800 pair, \uffff")]
    public void Hostile_names_stay_text(string name)
    {
        var sample = SampleDocuments.Rotation();
        var hostile = sample with
        {
            Name = name,
            Notes = [name],
            Environment = sample.Environment with { CpuModel = name, MachineNote = name },
            Config = new() { [name] = name },
            Methods = [.. sample.Methods.Select(method => method with { Name = name, Settings = new() { [name] = name } })],
            Images = [.. sample.Images.Select(image => image with { Method = name })],
        };

        var page = Parse(Page(hostile, hostile));

        Assert.Empty(page.Descendants("script"));
        Assert.Empty(page.Descendants("b"));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Equal(sample.Images.Count * 2, page.Descendants("img").Count());
    }

    [Fact]
    public void Several_documents_get_contents_a_comparison_and_one_section_each()
    {
        var page = Parse(Page(SampleDocuments.Rotation("same name"), SampleDocuments.Rotation("same name"), SampleDocuments.RankAblation()));

        var links = page.Descendants("nav").Single().Descendants("a").ToArray();
        Assert.Equal(["same name", "same name (2)", "sample rank ablation"], links.Select(link => link.Value));
        var sections = page.Descendants("section").Select(section => "#" + (string)section.Attribute("id")!);
        Assert.Equal(sections, links.Select(link => (string)link.Attribute("href")!));
        Assert.Contains("Comparison", page.Descendants("h2").Select(h => h.Value));
    }

    [Fact]
    public void Every_figure_has_a_title_and_a_description_and_ids_are_unique()
    {
        var page = Parse(Page(SampleDocuments.Rotation(), SampleDocuments.RankAblation()));

        foreach (var svg in page.Descendants("svg").Where(svg => (string?)svg.Attribute("role") == "img"))
        {
            var named = ((string)svg.Attribute("aria-labelledby")!).Split(' ');
            Assert.Equal(named, svg.Elements().Take(2).Select(child => (string)child.Attribute("id")!));
            Assert.All(svg.Elements().Take(2), child => Assert.NotEmpty(child.Value));
        }

        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void The_knee_of_a_rank_ablation_is_ringed_and_named()
    {
        var page = Parse(Page(SampleDocuments.RankAblation()));
        var plot = Svgs(page, "plot").Single(svg => svg.Element("title")!.Value.StartsWith("Accuracy against compression", StringComparison.Ordinal));

        Assert.Equal(2, plot.Elements("circle").Count(circle => (string?)circle.Attribute("class") == "ring"));
        Assert.Matches("er-gen: knee at r=(3|5|10)\\.", plot.Element("desc")!.Value);
        Assert.Equal(2, plot.Elements("text").Count(text => text.Value == "r=20"));
    }

    [Fact]
    public void Undefined_values_are_dashes_and_never_nan()
    {
        var single = SampleDocuments.Cell("one task", 0, [[0.1], [0.9]], MemoryUse.None);
        var page = Page(CellAggregation.ToDocument("sample single", SampleDocuments.Config(), SampleDocuments.Environment, [single]));

        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        var row = Parse(page).Descendants("table").First().Element("tbody")!.Element("tr")!;
        Assert.Equal(NumberText.Missing, row.Elements().Single(cell => (string?)cell.Attribute("data-label") == "BWT").Value.Trim());
    }

    [Fact]
    public void Coordinates_stay_inside_their_figure()
    {
        foreach (var document in (ResultDocument[])[SampleDocuments.Rotation(), SampleDocuments.RankAblation(), SampleDocuments.Rotation(tasks: 20)])
        {
            foreach (var svg in Parse(Page(document)).Descendants("svg"))
            {
                var box = ((string)svg.Attribute("viewBox")!).Split(' ').Select(Number).ToArray();
                foreach (var attribute in svg.Descendants().Attributes())
                {
                    var limit = attribute.Name.LocalName switch { "x" or "x1" or "x2" or "cx" => box[2], "y" or "y1" or "y2" or "cy" => box[3], _ => double.NaN };
                    if (!double.IsNaN(limit))
                    {
                        Assert.InRange(Number(attribute.Value), 0, limit);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_page_needs_a_document()
    {
        Assert.Throws<ArgumentException>(() => HtmlReport.Write([], TextWriter.Null));
    }

    [Fact]
    public void The_file_form_writes_the_same_page_and_leaves_no_temporary_file()
    {
        var folder = Directory.CreateTempSubdirectory("engram-report");
        try
        {
            var path = Path.Combine(folder.FullName, "deep", "report.html");
            HtmlReport.Write([SampleDocuments.Rotation()], path);

            Assert.Equal(Page(SampleDocuments.Rotation()), File.ReadAllText(path));
            Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static string Page(params ResultDocument[] documents)
    {
        using var writer = new StringWriter();
        HtmlReport.Write(documents, writer);
        return writer.ToString();
    }

    private static XDocument Parse(string page) => XDocument.Parse(page);

    private static IEnumerable<XElement> Svgs(XDocument page, string name) =>
        page.Descendants("svg").Where(svg => ((string?)svg.Attribute("class") ?? "").Split(' ').Contains(name));

    private static string[] Titles(string page) => [.. Parse(page).Descendants("h3").Select(h => h.Value)];
}
