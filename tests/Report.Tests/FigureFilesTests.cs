using System.Xml.Linq;
using Engram.Report;
using Engram.Results;

namespace Engram.Report.Tests;

public sealed class FigureFilesTests : IDisposable
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_plot_of_the_page_becomes_a_file_with_its_own_style_and_legend()
    {
        ResultDocument document = SampleDocuments.Rotation();
        using StringWriter page = new();
        HtmlReport.Write([document], page);
        int plots = XDocument.Parse(page.ToString()).Descendants("svg").Count(svg => ((string?)svg.Attribute("class") ?? "").Split(' ') is var names && names.Contains("plot") && !names.Contains("map"));

        IReadOnlyList<string> files = FigureFiles.Write([document], _folder);

        Assert.Equal(plots, files.Count);
        Assert.Equal(files.Order(), Directory.GetFiles(_folder).Order());
        XElement accuracy = XDocument.Load(files.Single(file => file.Contains("accuracy-after-each-task", StringComparison.Ordinal))).Root!;
        Assert.Equal(Svg + "svg", accuracy.Name);
        Assert.All(accuracy.Descendants(), element => Assert.Equal(Svg, element.Name.Namespace));
        Assert.Contains("--page", accuracy.Element(Svg + "style")!.Value);
        string[] texts = [.. accuracy.Descendants(Svg + "text").Select(text => text.Value)];
        Assert.All(document.Methods, method => Assert.Contains(method.Name, texts));
    }

    [Fact]
    public void A_hostile_title_cannot_leave_the_folder()
    {
        IReadOnlyList<string> files = FigureFiles.Write([SampleDocuments.Rotation("../../x"), SampleDocuments.Rotation("../../x")], _folder);
        Assert.Equal(files.Count, files.Distinct().Count());
        Assert.All(files, file => Assert.Equal(_folder, Path.GetDirectoryName(file)));
    }

    [Fact]
    public void Methods_are_chosen_by_name_or_label_and_an_unknown_one_is_named()
    {
        Directory.CreateDirectory(_folder);
        ResultDocument document = SampleDocuments.RankAblation();
        Assert.Equal(["er-gen", "finetune"], MethodSelection.Of(document, ["er-gen (rank=3)", "finetune"]).Methods.Select(method => method.Name));
        Assert.Equal(5, MethodSelection.Of(document, ["er-gen"]).Methods.Count);
        Assert.Contains("'er-jen'", Assert.Throws<FormatException>(() => MethodSelection.Of(document, ["er-jen"])).Message);
        Assert.Throws<FormatException>(() => MethodSelection.Of(document, []));
    }
}
