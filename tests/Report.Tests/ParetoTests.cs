using System.Text.Json.Nodes;
using System.Xml.Linq;
using Engram.Results;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Report.Tests;

public class ParetoTests
{
    private static void ForAll(Func<(double X, double Y)[], bool> property) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll((from points in (from x in Gen.Choose(0, 12) from y in Gen.Choose(0, 12) select (x, y)).ArrayOf() select points).ToArbitrary(),
            points => property([.. points.Select(point => ((double)point.x, (double)point.y))])));

    [Fact]
    public void The_frontier_holds_exactly_the_points_that_no_other_dominates() => ForAll(points =>
    {
        var frontier = ParetoFrontier.Of(points).Select(i => points[i]).ToHashSet();
        return points.All(p => frontier.Contains(p) == !points.Any(q => q.X >= p.X && q.Y >= p.Y && q != p));
    });

    [Fact]
    public void The_frontier_rises_in_one_coordinate_and_falls_in_the_other() => ForAll(points =>
    {
        var frontier = ParetoFrontier.Of(points).Select(i => points[i]).ToArray();
        return frontier.Zip(frontier.Skip(1)).All(pair => pair.First.X < pair.Second.X && pair.First.Y > pair.Second.Y);
    });

    [Fact]
    public void The_hypervolume_is_the_number_of_unit_squares_under_some_point() => ForAll(points =>
    {
        // points and reference have whole coordinates, so the area is counted square by square
        var squares = 0;
        for (var x = 2; x < 12; x++)
        {
            for (var y = 3; y < 12; y++)
            {
                squares += points.Any(p => p.X >= x + 1 && p.Y >= y + 1) ? 1 : 0;
            }
        }

        return Math.Abs(ParetoFrontier.HyperVolume(points, (2, 3)) - squares) < 1e-9;
    });

    [Fact]
    public void Points_without_a_number_are_left_out()
    {
        Assert.Equal([1], ParetoFrontier.Of([(double.NaN, 9), (1, 1), (5, double.NaN)]));
        Assert.Equal(0, ParetoFrontier.HyperVolume([(double.NaN, 9)], (0, 0)));
        Assert.Empty(ParetoFrontier.Of([]));
    }

    [Fact]
    public void The_bootstrap_of_a_constant_is_the_constant_and_holds_the_mean_of_what_varies()
    {
        Assert.Equal((3.0, 3.0), ParetoFrontier.Bootstrap(4, _ => 3));
        double[] values = [1, 2, 3, 4, 5];
        var (low, high) = ParetoFrontier.Bootstrap(5, drawn => drawn.Average(s => values[s]));
        Assert.InRange(3, low, high);
        Assert.True(low >= 1 && high <= 5 && low < 3 && high > 3);
        Assert.Equal((low, high), ParetoFrontier.Bootstrap(5, drawn => drawn.Average(s => values[s])));
    }

    [Fact]
    public void A_document_whose_strengths_were_swept_gets_the_figure_its_table_and_the_gap()
    {
        var document = Swept();
        using var text = new StringWriter();
        HtmlReport.Write([document], text);
        var page = XDocument.Parse(text.ToString().Replace("<!DOCTYPE html>", "", StringComparison.Ordinal).Replace("&nbsp;", " ", StringComparison.Ordinal));
        Assert.Contains(page.Descendants("h3"), title => title.Value == "Forward against backward transfer");
        Assert.Contains(page.Descendants("h3"), title => title.Value == GapSection.Heading);
        Assert.Contains(page.Descendants("title"), title => title.Value.StartsWith("Inner products of the updates", StringComparison.Ordinal));
        var markdown = MarkdownReport.Write(document);
        Assert.Contains("Hypervolume", markdown, StringComparison.Ordinal);
        Assert.Contains(GapSection.Heading, markdown, StringComparison.Ordinal);
        var study = ParetoStudy.Of(document)!;
        Assert.Equal(["single", "gem", "p-mgem"], study.Families.Select(family => family.Name));
        Assert.Equal(document.Methods[0].Bwt.Mean, study.Reference.Y, 1e-12);
        Assert.Equal(document.Methods[0].LearningAccuracy.Mean - 0.05, study.Reference.X, 1e-12);
        var (value, low, high) = study.HyperVolume(study.Families[2].Points);
        Assert.True(value > study.HyperVolume(study.Families[1].Points).Value);
        Assert.InRange(value, low, high);
    }

    [Fact]
    public void Other_sweeps_and_plain_documents_have_no_frontier()
    {
        Assert.Null(ParetoStudy.Of(SampleDocuments.Rotation()));
        Assert.Null(ParetoStudy.Of(SampleDocuments.Sweep()));
        using var text = new StringWriter();
        HtmlReport.Write([SampleDocuments.Rotation()], text);
        Assert.DoesNotContain("Forward against backward transfer", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_of_a_run_weighs_rows_by_their_pairs()
    {
        var figures = ConstraintGapRow.Summary([Row(1, 10, 0.4, 0.1, 0.5), Row(3, 10, 0.8, 0.2, 0.1)]);
        Assert.Equal((0.4 + (3 * 0.8)) / 4, figures["oldProductMemory"], 1e-12);
        Assert.Equal((0.3 + (3 * 0.6)) / 4, figures["constraintGap"], 1e-12);
        Assert.Equal((0.5 + (3 * 0.1)) / 4, figures["hiddenViolations"], 1e-12);
        Assert.True(double.IsNaN(ConstraintGapRow.Summary([])["constraintGap"]));
    }

    [Fact]
    public void Rows_survive_the_file_with_what_was_not_measured()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("engram-gap-").FullName, "result.json");
        var document = Swept();
        ResultJson.SaveAtomically(document, path);
        var read = ResultJson.Load(path);
        Assert.Equal(document.Methods[1].ConstraintGaps![0], read.Methods[1].ConstraintGaps![0]);
        Assert.Null(read.Methods[0].ConstraintGaps);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static ConstraintGapRow Row(int task, int steps, double memory, double data, double hidden) => new()
    {
        Task = task, Steps = steps, Memory = memory, Data = data, MemoryCosine = memory / 2, DataCosine = data / 2, Batch = 1, New = 0.9, NewCosine = 0.6, Held = 0.95,
        Violated = 0.3, Hidden = hidden,
    };

    // fabricated: stronger memories forget less and learn less, modules a little better
    private static ResultDocument Swept()
    {
        var cells = new List<CellResult>();
        for (var seed = 0; seed < 3; seed++)
        {
            cells.Add(SampleDocuments.Cell("single", seed, 0.55, 0.6, 0, 0, double.NaN));
            foreach (var strength in (double[])[0, 0.5, 1])
            {
                var settings = new JsonObject { ["strategy.strength"] = strength };
                foreach (var (name, plus) in ((string, double)[])[("gem", 0), ("p-mgem", 0.04)])
                {
                    cells.Add(SampleDocuments.Cell(name, seed, 0.6 + (0.15 * strength) + plus, 0.5 - (0.4 * strength) - plus, 100, 100, double.NaN, settings: settings) with
                    {
                        ConstraintGap = [Row(1, 4, 0.5, 0.1 + plus, 0.2), Row(2, 4, 0.4, 0.1, double.NaN)],
                    });
                }
            }
        }

        var config = SampleDocuments.Config();
        config["methods"] = new JsonArray(new JsonObject { ["name"] = "single", ["strategy"] = new JsonObject { ["kind"] = "finetune" } });
        return CellAggregation.ToDocument("sample frontier", config, SampleDocuments.Environment, cells);
    }
}
