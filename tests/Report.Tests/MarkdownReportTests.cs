using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report.Tests;

public class MarkdownReportTests
{
    [Fact]
    public void A_sweep_over_datasets_becomes_one_section_each_with_its_own_images()
    {
        ResultDocument document = Document(["mnist", "usps"], [1, 5]);
        string text = MarkdownReport.Write(document);
        Assert.Contains("## ablation: mnist", text);
        Assert.Contains("## ablation: usps", text);
        Assert.DoesNotContain("dataset", text);
        var page = new StringWriter();
        HtmlReport.Write([document], page);
        Assert.Contains("ablation: mnist", page.ToString());
        Assert.Contains("ablation: usps", page.ToString());
    }

    [Fact]
    public void One_dataset_stays_one_section()
    {
        string text = MarkdownReport.Write(Document(["mnist"], [1, 5]));
        Assert.StartsWith("## ablation\n", text);
    }

    [Fact]
    public void Differences_follow_the_baselines_that_the_configuration_names()
    {
        ResultDocument document = Document(["mnist"], [1, 5]);
        document.Config["methods"] = new JsonArray(new JsonObject { ["name"] = "gen", ["baseline"] = "raw" }, new JsonObject { ["name"] = "raw" });
        (MethodResult method, MethodResult baseline) = BaselinePairs.Of(document)[0];
        Assert.Equal(("gen", "raw"), (method.Name, baseline.Name));
        Assert.Equal(method.Settings!.ToJsonString(), baseline.Settings!.ToJsonString());
        Assert.Equal(2, BaselinePairs.Of(document).Count);
        Assert.Contains("+10.00", MarkdownReport.Write(document));
    }

    private static ResultDocument Document(string[] datasets, int[] ranks) => CellAggregation.ToDocument(
        "ablation", new JsonObject(), SampleDocuments.Environment,
        from dataset in datasets
        from method in new[] { "raw", "gen" }
        from rank in ranks
        from seed in new[] { 0, 1, 2 }
        select SampleDocuments.Cell(method, seed, Matrix(method == "gen" ? 0.8 : 0.7), new MemoryUse(100, 100, 1), 100.0 / rank,
            new JsonObject { ["dataset.name"] = dataset, ["rank"] = rank }));

    private static double[][] Matrix(double accuracy) => [[0.1, 0.1], [accuracy, 0.1], [accuracy, accuracy]];
}
