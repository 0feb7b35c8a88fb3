using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report.Tests;

public class AggregationTests
{
    /// <summary>t(0.975) with two degrees of freedom, by its closed form (2p − 1)/√(2p(1 − p)).</summary>
    private static readonly double T2 = 0.95 / Math.Sqrt(2 * 0.975 * 0.025);

    [Fact]
    public void Cells_in_any_order_give_the_same_methods_sorted_by_seed()
    {
        var cells = Enumerable.Range(0, 4).Select(seed => SampleDocuments.Cell("er", seed, 0.8, 0.1, 10, 40, 2)).ToArray();
        var forward = Aggregate(cells);
        var backward = Aggregate([.. cells.Reverse()]);

        Assert.Equal(ResultJson.Serialize(forward), ResultJson.Serialize(backward));
        Assert.Equal([0, 1, 2, 3], forward.Methods.Single().Seeds);
        Assert.Equal(cells.Select(cell => cell.Metrics.Acc), forward.Methods.Single().Acc.Values);
        Assert.Equal(cells.Average(cell => cell.Metrics.Bwt), forward.Methods.Single().Bwt.Mean, 1e-15);
        Assert.Equal(cells.Average(cell => cell.Seconds), forward.Methods.Single().Seconds, 1e-12);
        Assert.Equal((cells[1].StepMicroseconds + cells[2].StepMicroseconds) / 2, forward.Methods.Single().StepMicroseconds, 1e-12);
    }

    [Fact]
    public void Each_combination_of_settings_is_an_entry_whatever_the_order_of_its_keys()
    {
        var a = SampleDocuments.Cell("er", 0, 0.8, 0.1, 10, 40, 2, settings: new JsonObject { ["x"] = 1, ["y"] = 2 });
        var b = SampleDocuments.Cell("er", 1, 0.8, 0.1, 10, 40, 2, settings: new JsonObject { ["y"] = 2, ["x"] = 1 });
        var c = SampleDocuments.Cell("er", 1, 0.8, 0.1, 10, 40, 2, settings: new JsonObject { ["y"] = 3, ["x"] = 1 });

        var methods = Aggregate([a, b, c]).Methods;

        Assert.Equal(["er (x=1, y=2)", "er (x=1, y=3)"], methods.Select(method => method.Label));
        Assert.Equal([2, 1], methods.Select(method => method.Seeds.Count));
    }

    [Fact]
    public void Memory_is_the_largest_over_the_seeds()
    {
        var method = Aggregate(
        [
            SampleDocuments.Cell("er", 0, [[0.1], [0.9]], new MemoryUse(1, 100, 5)),
            SampleDocuments.Cell("er", 1, [[0.1], [0.9]], new MemoryUse(2, 120, 6)),
        ]).Methods.Single();

        Assert.Equal(126, method.MemoryBytes);
        Assert.Equal(new MemoryUse(2, 120, 6), method.Memory);
    }

    [Fact]
    public void The_same_cell_twice_is_refused_by_name()
    {
        var cell = SampleDocuments.Cell("er", 3, 0.8, 0.1, 10, 40, 2);

        var error = Assert.Throws<ArgumentException>(() => Aggregate([cell, cell]));

        Assert.Contains("'er' with seed 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cells_of_streams_of_different_length_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Aggregate(
            [SampleDocuments.Cell("er", 0, 0.8, 0.1, 10, 40, 2, tasks: 5), SampleDocuments.Cell("er", 1, 0.8, 0.1, 10, 40, 2, tasks: 4)]));

        Assert.Contains("5 tasks with seed 0 and 4 with seed 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_metric_that_some_seeds_lack_is_undefined_and_one_that_all_lack_is_absent()
    {
        var cell = SampleDocuments.Cell("er", 0, 0.8, 0.1, 10, 40, 2);
        var measured = cell with { Seed = 1, Metrics = cell.Metrics with { Lca = 0.4 } };

        var method = Aggregate([cell, measured]).Methods.Single();

        Assert.Null(method.TaskIncrementalAcc);
        Assert.True(double.IsNaN(method.Lca!.Mean));
        Assert.Equal(0.4, method.Lca.Values[1]);
    }

    [Fact]
    public void Images_shared_by_methods_are_kept_once_and_notes_too()
    {
        var image = SampleDocuments.Rotation().Images.First(i => i.Kind == ResultImageKind.Real);
        var cell = SampleDocuments.Cell("a", 0, 0.8, 0.1, 10, 40, 2) with { Images = [image], Notes = ["note"] };

        var document = Aggregate([cell, cell with { Method = "b" }, cell with { Seed = 1 }]);

        Assert.Single(document.Images);
        Assert.Equal(["note"], document.Notes);
    }

    [Fact]
    public void Pairing_uses_the_common_seeds_only_and_matches_a_computation_by_hand()
    {
        var a = Method("a", (0, 0.80), (1, 0.84), (2, 0.86), (7, 0.10));
        var b = Method("b", (2, 0.80), (1, 0.80), (0, 0.78), (9, 0.99));

        var difference = PairedDifference.Between(a, b, method => method.Acc);

        // Differences 0.02, 0.04, 0.06: mean 0.04, s = 0.02, t = 0.04 / (0.02 / √3) = 2√3 with 2 degrees of freedom.
        Assert.Equal(3, difference.Pairs);
        Assert.Equal(0.04, difference.Mean, 1e-12);
        Assert.Equal(T2 * 0.02 / Math.Sqrt(3), difference.Ci95, 1e-10);
        Assert.Equal(1 - (2 * Math.Sqrt(3) / Math.Sqrt(2 + 12)), difference.PValue, 1e-10);
    }

    [Fact]
    public void Swapping_the_methods_changes_only_the_sign()
    {
        var document = SampleDocuments.Rotation();
        var there = PairedDifference.Between(document.Methods[1], document.Methods[4], method => method.Bwt);
        var back = PairedDifference.Between(document.Methods[4], document.Methods[1], method => method.Bwt);

        Assert.Equal(there.Mean, -back.Mean, 1e-15);
        Assert.Equal(there.PValue, back.PValue, 1e-12);
    }

    [Fact]
    public void Pairs_without_spread_or_without_number_have_their_limits()
    {
        var a = Method("a", (0, 0.5), (1, 0.75));
        var shifted = Method("b", (0, 0.25), (1, 0.5));

        Assert.Equal(1, PairedDifference.Between(a, a, method => method.Acc).PValue);
        Assert.Equal(0, PairedDifference.Between(a, shifted, method => method.Acc).PValue);
        Assert.True(double.IsNaN(PairedDifference.Between(a, Method("c", (1, 0.5)), method => method.Acc).PValue));
        Assert.True(double.IsNaN(PairedDifference.Between(a, Method("d", (8, 0.5)), method => method.Acc).Mean));
    }

    [Fact]
    public void File_names_of_cells_differ_with_method_settings_and_seed_and_hold_no_separators()
    {
        string[] names =
        [
            CellResult.FileNameOf("er", null, 0), CellResult.FileNameOf("er", null, 1), CellResult.FileNameOf("../er", null, 0),
            CellResult.FileNameOf("er", new JsonObject { ["x"] = 1 }, 0), CellResult.FileNameOf("er", new JsonObject { ["x"] = 2 }, 0),
            CellResult.FileNameOf(new string('x', 500), null, 0),
        ];

        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[A-Za-z0-9_-]{1,40}\\.[0-9a-f]{10}\\.seed[0-9]+\\.json$", name));
        Assert.Equal(names[0], CellResult.FileNameOf("er", new JsonObject(), 0));
    }

    private static MethodResult Method(string name, params (int Seed, double Acc)[] values) =>
        SampleDocuments.Rotation().Methods[0] with
        {
            Name = name,
            Seeds = [.. values.Select(value => value.Seed)],
            Acc = Statistic.Of([.. values.Select(value => value.Acc)]),
        };

    private static ResultDocument Aggregate(IReadOnlyList<CellResult> cells) =>
        CellAggregation.ToDocument("sample", SampleDocuments.Config(), SampleDocuments.Environment, cells);
}
