using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report.Tests;

/// <summary>Differences of chosen arms pooled over places, and the choice of places.</summary>
public sealed class ArmComparisonTests
{
    [Fact]
    public void A_seed_counts_once_with_the_mean_over_its_places()
    {
        // two streams and two buffers: mir gains 0.10, 0.12, 0.14 by seed on mnist and loses 0.02 on digits: 4, 5, 6 points on average
        PairedDifference expected = PairedDifference.Of([0.04, 0.05, 0.06]);
        string[] row = Rows(Streams(), ["mir; random"])[0];
        Assert.Equal("mir − random", row[0]);
        Assert.Equal("**" + NumberText(expected) + "**", row[1]);
        Assert.Equal(["0.013", "0.013", "4", "2", "3"], row[2..]);
    }

    [Fact]
    public void All_pairs_of_a_call_are_one_family()
    {
        string[][] rows = Rows(Streams(), ["mir; random", "random; mir", "balanced; mir", "mir; random"]);
        Assert.Equal(3, rows.Length);
        Assert.Equal("0.013", rows[0][2]);
        Assert.Equal("0.039", rows[0][3]); // 3 × 0.01307
        Assert.Equal("−" + rows[0][1].Trim('*').TrimStart('+').Split(' ')[0], rows[1][1].Trim('*').Split(' ')[0]);
    }

    [Fact]
    public void Seeds_that_a_place_lacks_do_not_count_at_any()
    {
        ResultDocument document = Streams(without: ("digits", "500", "mir", 2));
        string[] row = Rows(document, ["mir; random"])[0];
        Assert.Equal("2", row[^1]);
        Assert.StartsWith("+4.50 ±", row[1].Trim('*'));
    }

    [Fact]
    public void A_label_fixes_a_swept_setting_and_a_baseline_without_it_stands_at_all_its_values()
    {
        ResultDocument document = Swept();
        Assert.Equal(["narrow (candidates=20) − random", "+1.00 ± 0.00", "2"], Picked(Rows(document, ["narrow (candidates=20); random"])[0]));
        Assert.Equal(["narrow (strategy.candidates=50) − narrow (candidates=20)", "+2.00 ± 0.00", "2"], Picked(Rows(document, ["narrow (strategy.candidates=50); narrow (candidates=20)"])[0]));
        Assert.Equal(["narrow − random", "+2.00 ± 0.00", "4"], Picked(Rows(document, ["narrow; random"])[0]));
        static string[] Picked(string[] row) => [row[0].Replace("\\", "", StringComparison.Ordinal), row[1].Trim('*'), row[4]];
    }

    [Fact]
    public void Two_different_sweeps_have_no_place_in_common_until_they_are_named()
    {
        ResultDocument document = Swept();
        Assert.Contains("no place in common", Assert.Throws<FormatException>(() => Rows(document, ["narrow; warm"])).Message, StringComparison.Ordinal);
        Assert.Equal("2", Rows(document, ["narrow (candidates=20); warm (temperature=0.5)"])[0][4]);
    }

    [Theory]
    [InlineData("mri; random", "acc", "there is no method 'mri'")]
    [InlineData("mri; random", "acc", "did you mean mir?")]
    [InlineData("mir (buffer=7); random", "acc", "no entry of 'streams' is 'mir (buffer=7)'")]
    [InlineData("mir; random", "ac", "has no measure 'ac'; did you mean acc?")]
    [InlineData("mir; mir", "acc", "two different arms")]
    [InlineData("mir", "acc", "two different arms")]
    [InlineData("mir; random; balanced", "acc", "two different arms")]
    public void What_the_document_lacks_is_named(string pair, string metric, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => Rows(Streams(), [pair], metric)).Message, StringComparison.Ordinal);

    [Fact]
    public void Further_measurements_are_compared_in_their_own_unit()
    {
        string[] row = Rows(Streams(), ["mir; random"], "age")[0];
        Assert.Equal("2.000 ± 0.000", row[1].Trim('*'));
        // random has no such number at all
        Assert.Equal("–", Rows(Streams(), ["mir; random"], "drift")[0][1]);
    }

    [Fact]
    public void Places_are_chosen_for_the_whole_report()
    {
        ResultDocument document = MethodSelection.Where(Streams(), ["stream=mnist", "buffer=500"]);
        Assert.Equal(3, document.Methods.Count);
        string[] row = Rows(document, ["mir; random"])[0];
        Assert.Equal("+12.00 ± 4.97", row[1].Trim('*'));
        Assert.Equal("1", row[4]);
        // both values of a key; a method without the setting stays
        Assert.Equal(12, MethodSelection.Where(Streams(), ["stream=mnist,digits"]).Methods.Count);
        Assert.Equal(["narrow", "random", "warm", "warm"], MethodSelection.Where(Swept(), ["candidates=20", "stream=a"]).Methods.Select(method => method.Name).Order());
        Assert.Contains("did you mean stream?", Assert.Throws<FormatException>(() => MethodSelection.Where(Streams(), ["steam=mnist"])).Message, StringComparison.Ordinal);
        Assert.Contains("there is no \"usps\"", Assert.Throws<FormatException>(() => MethodSelection.Where(Streams(), ["stream=usps"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_has_the_table_too()
    {
        using StringWriter page = new(System.Globalization.CultureInfo.InvariantCulture);
        HtmlReport.Write([Streams()], page, ArmComparison.Parse(["mir; random"]));
        Assert.Contains("differences of ACC over all places", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("mir − random", page.ToString(), StringComparison.Ordinal);
    }

    private static string NumberText(PairedDifference difference) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"+{100 * difference.Mean:0.00} ± {100 * difference.Ci95:0.00}");

    /// <summary>The rows of the comparison's table, cell by cell, as Markdown has them.</summary>
    private static string[][] Rows(ResultDocument document, string[] pairs, string metric = "acc")
    {
        string text = MarkdownReport.Write(document, ArmComparison.Parse(pairs, metric));
        return [.. text[text.LastIndexOf("### ", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith('|')).Skip(2)
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())];
    }

    private static ResultDocument Streams((string Stream, string Buffer, string Method, int Seed)? without = null)
    {
        JsonObject config = JsonNode.Parse("""
            {
              "name": "streams",
              "methods": [{ "name": "random" }, { "name": "mir", "baseline": "random" }, { "name": "balanced", "baseline": "random" }],
              "axes": { "stream": { "mnist": {}, "digits": {} }, "buffer": { "500": {}, "5000": {} } }
            }
            """)!.AsObject();
        IEnumerable<CellResult> cells =
            from stream in new[] { "mnist", "digits" }
            from buffer in new[] { "500", "5000" }
            from seed in new[] { 0, 1, 2 }
            from method in new[] { ("random", 0.5), ("mir", stream == "mnist" ? 0.6 + (0.02 * seed) : 0.48), ("balanced", 0.51) }
            where without != (stream, buffer, method.Item1, seed)
            select Cell(method.Item1, seed, method.Item2, new JsonObject { ["stream"] = stream, ["buffer"] = buffer }) with
            {
                Extras = method.Item1 == "random" ? new Dictionary<string, double> { ["age"] = 1 } : new Dictionary<string, double> { ["age"] = 3, ["drift"] = 0.5 },
            };
        return CellAggregation.ToDocument("streams", config, SampleDocuments.Environment, cells);
    }

    private static ResultDocument Swept()
    {
        IEnumerable<CellResult> cells =
            from stream in new[] { "a", "b" }
            from seed in new[] { 0, 1 }
            from arm in new[] { ("random", "", "", 0.5), ("narrow", "strategy.candidates", "20", 0.51), ("narrow", "strategy.candidates", "50", 0.53), ("warm", "temperature", "0.5", 0.4), ("warm", "temperature", "1", 0.3) }
            let settings = arm.Item2.Length == 0 ? new JsonObject { ["stream"] = stream } : new JsonObject { ["stream"] = stream, [arm.Item2] = arm.Item3 }
            select Cell(arm.Item1, seed, arm.Item4, settings);
        return CellAggregation.ToDocument("swept", JsonNode.Parse("""{ "name": "swept", "methods": [{ "name": "random" }, { "name": "narrow" }, { "name": "warm" }] }""")!.AsObject(), SampleDocuments.Environment, cells);
    }

    private static CellResult Cell(string method, int seed, double acc, JsonObject settings) =>
        SampleDocuments.Cell(method, seed, [[0.1, 0.1], [acc, 0.1], [acc, acc]], new MemoryUse(100, 100, 1), settings: settings);
}
