using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report.Tests;

public class GridTablesTests
{
    [Fact]
    public void Every_scenario_has_its_tables_with_rows_of_the_other_axes_and_columns_of_the_arms()
    {
        string text = MarkdownReport.Write(Grid());
        Assert.StartsWith("## grid\n", text);
        foreach (string heading in new[] { "rotation: average accuracy", "split: differences paired by seed", "split: time and memory of a cell" })
            Assert.Contains($"### {heading}\n", text);
        string table = Table(text, "rotation: average accuracy");
        Assert.Contains("| dataset, model | raw | gen | gen-80 |\n", table);
        Assert.Equal(
            ["| mnist, mlp |", "| mnist, mixer |", "| cifar10, mlp |", "| cifar10, mixer |"],
            table.Split('\n').Where(line => line.StartsWith("| mnist") || line.StartsWith("| cifar")).Select(line => line[..(line.IndexOf('|', 1) + 1)]));
        // An arm that does not belong to a row, and one that is not run yet.
        Assert.EndsWith("| – |", table.Split('\n').First(line => line.StartsWith("| mnist, mlp")));
        Assert.DoesNotContain("not run", text);
        Assert.Contains("4.21 MB", Table(text, "rotation: time and memory of a cell"));
        Assert.Contains("paired t test", text);
    }

    [Fact]
    public void Differences_carry_p_and_its_correction_over_the_table()
    {
        ResultDocument document = Grid();
        string[] rows = [.. Table(MarkdownReport.Write(document), "rotation: differences paired by seed").Split('\n').Where(line => line.StartsWith("| mnist") || line.StartsWith("| cifar"))];
        (MethodResult Method, MethodResult Baseline)[] pairs = [.. BaselinePairs.Of(document).Where(pair => pair.Method.Settings!["scenario"]!.ToString() == "rotation")];
        double[] p = [.. pairs.Select(pair => PairedDifference.Between(pair.Method, pair.Baseline, m => m.Acc).PValue)];
        double[] corrected = HolmCorrection.Of(p);
        // 4 rows of gen − raw and 2 of gen-80 − raw
        Assert.Equal(6, p.Length);
        int first = Array.FindIndex(pairs, pair => pair.Method.Label == "gen (dataset=mnist, model=mlp, scenario=rotation)");
        Assert.Contains($"p {Probability(p[first])}, Holm {Probability(corrected[first])}", rows[0]);
        Assert.Contains("over the 6 tests of this table", MarkdownReport.Write(document));
        Assert.Contains("+10.", rows[0]);
    }

    [Fact]
    public void What_is_missing_of_a_partial_grid_is_named_and_listed()
    {
        ResultDocument document = Grid(
            missing: (dataset, _, scenario, method, seed) => dataset == "cifar10" || (scenario == "split" && method == "gen" && seed > 0),
            reason: dataset => dataset == "cifar10" ? "the files of cifar10 are not there" : "not run");
        string text = MarkdownReport.Write(document);
        Assert.DoesNotContain("| cifar10, mixer |", text);
        Assert.Contains("Rows without any result: cifar10, mlp; cifar10, mixer (no data).", text);
        Assert.Contains("(1 of 3 seeds; BWT ", Table(text, "split: average accuracy"));
        Assert.Contains("Missing: 36 cells, the files of cifar10 are not there: ", text);
        Assert.Contains("Missing: 4 cells, not run: gen (dataset=mnist, model=mlp, scenario=split), seeds 1 2;", text);
        StringWriter page = new();
        HtmlReport.Write([document], page);
        Assert.Contains("the files of cifar10 are not there", page.ToString());
    }

    [Fact]
    public void The_page_has_the_final_tables_first()
    {
        StringWriter page = new();
        HtmlReport.Write([Grid()], page);
        string html = page.ToString();
        Assert.Contains("<h1>grid</h1>", html);
        int tables = html.IndexOf("rotation: average accuracy", StringComparison.Ordinal), places = html.IndexOf("grid: mnist, mlp, rotation", StringComparison.Ordinal);
        Assert.InRange(tables, 0, places);
    }

    [Fact]
    public void The_best_rank_of_every_network_is_named_with_its_gap_to_raw_images_of_equal_memory()
    {
        string text = MarkdownReport.Write(Ranks());
        string best = Table(text, "best rank");
        Assert.Contains("| model: arm | Best rank | ACC, % | Equal memory, raw, % | Gap, points |", best);
        Assert.Contains("| mlp: gen | 5 |", best);
        Assert.Contains("| cnn: gen | 20 |", best);
        Assert.Contains("| mlp: gen − raw |", Table(text, "gap to raw images of equal memory, by rank"));
        string accuracies = Table(text, "average accuracy by rank");
        Assert.Contains("| model: arm | rank 1 | rank 5 | rank 20 | no rank |", accuracies);
        string finetune = accuracies.Split('\n').First(line => line.StartsWith("| cnn: finetune"));
        Assert.StartsWith("| cnn: finetune | – | – | – | 5", finetune);
        Assert.Contains("### accuracy against compression", text);
    }

    [Fact]
    public void Documents_of_a_grid_keep_memory_and_missing_cells_in_their_file()
    {
        ResultDocument document = Grid(missing: (dataset, _, _, _, _) => dataset == "cifar10", reason: _ => "not run");
        ResultDocument read = ResultJson.Deserialize(ResultJson.Serialize(document));
        Assert.Equal(document.Missing.Select(missing => (missing.Label, missing.Seeds.Count)), read.Missing.Select(missing => (missing.Label, missing.Seeds.Count)));
        Assert.Equal(4_210_000, read.Methods[0].PeakBytes);
    }

    [Theory]
    [InlineData(new[] { 0.01, 0.04, 0.03, 0.005 }, new[] { 0.03, 0.06, 0.06, 0.02 })]
    [InlineData(new[] { 0.5, 0.9 }, new[] { 1.0, 1.0 })]
    [InlineData(new[] { 0.02, double.NaN, 0.02 }, new[] { 0.04, double.NaN, 0.04 })]
    [InlineData(new double[0], new double[0])]
    public void Holms_correction_has_its_textbook_values(double[] p, double[] expected)
    {
        double[] corrected = HolmCorrection.Of(p);
        Assert.Equal(expected.Length, corrected.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], corrected[i], 12);
    }

    private static string Table(string text, string heading)
    {
        int start = text.IndexOf($"### {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"no table '{heading}' in {text}");
        int end = text.IndexOf("\n### ", start + 4, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    private static string Probability(double p) => p < 0.001 ? "&lt; 0.001" : p.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);

    private static ResultDocument Grid(Func<string, string, string, string, int, bool>? missing = null, Func<string, string>? reason = null)
    {
        var plan = (from scenario in new[] { "rotation", "split" }
                    from dataset in new[] { "mnist", "cifar10" }
                    from model in new[] { "mlp", "mixer" }
                    from method in new[] { "raw", "gen", "gen-80" }
                    where method != "gen-80" || dataset == "cifar10"
                    from seed in new[] { 0, 1, 2 }
                    select (scenario, dataset, model, method, seed)).ToArray();
        JsonObject Settings((string Scenario, string Dataset, string Model, string Method, int Seed) cell) =>
            new() { ["dataset"] = cell.Dataset, ["model"] = cell.Model, ["scenario"] = cell.Scenario };
        bool Lacks((string Scenario, string Dataset, string Model, string Method, int Seed) cell) =>
            missing?.Invoke(cell.Dataset, cell.Model, cell.Scenario, cell.Method, cell.Seed) == true;
        JsonObject config = JsonNode.Parse("""
            {
              "name": "grid",
              "methods": [{ "name": "raw" }, { "name": "gen", "baseline": "raw" }, { "name": "gen-80", "baseline": "raw" }],
              "axes": { "dataset": { "mnist": {}, "cifar10": {} }, "model": { "mlp": {}, "mixer": {} }, "scenario": { "rotation": {}, "split": {} } }
            }
            """)!.AsObject();
        return CellAggregation.ToDocument(
            "grid", config, SampleDocuments.Environment,
            plan.Where(cell => !Lacks(cell)).Select(cell => SampleDocuments.Cell(
                cell.method, cell.seed, cell.method == "raw" ? 0.7 : 0.8, 0.1, 100, 100, 10, settings: Settings(cell)) with { PeakBytes = 4_210_000 }),
            missing: plan.Where(Lacks).GroupBy(cell => cell with { seed = 0 }).Select(group => new MissingResult(
                group.Key.method, Settings(group.Key), [.. group.Select(cell => cell.seed)], reason!(group.Key.dataset))));
    }

    private static ResultDocument Ranks()
    {
        JsonObject config = JsonNode.Parse("""
            {
              "methods": [{ "name": "finetune" }, { "name": "raw" }, { "name": "gen", "baseline": "raw" }],
              "axes": { "model": { "mlp": {}, "cnn": {} }, "rank": { "1": {}, "5": {}, "20": {} } }
            }
            """)!.AsObject();
        List<CellResult> cells = [];
        foreach (string model in new[] { "mlp", "cnn" })
        {
            for (int seed = 0; seed < 3; seed++)
            {
                cells.Add(SampleDocuments.Cell("finetune", seed, 0.5, 0.3, 0, 0, double.NaN, settings: new JsonObject { ["model"] = model }));
                foreach (int rank in new[] { 1, 5, 20 })
                {
                    JsonObject settings = new() { ["model"] = model, ["rank"] = rank.ToString(System.Globalization.CultureInfo.InvariantCulture) };
                    double gain = model == "cnn" ? 0.005 * rank : rank == 5 ? 0.1 : 0.03;
                    cells.Add(SampleDocuments.Cell("raw", seed, 0.7, 0.1, 100 * rank, 100 * rank, 100.0 / rank, settings: settings));
                    cells.Add(SampleDocuments.Cell("gen", seed, 0.7 + gain, 0.1, 100 * rank, 400 * rank, 100.0 / rank, settings: settings.DeepClone().AsObject()));
                }
            }
        }

        return CellAggregation.ToDocument("ranks", config, SampleDocuments.Environment, cells);
    }
}
