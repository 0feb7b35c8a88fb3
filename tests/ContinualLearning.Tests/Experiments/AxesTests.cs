using System.Text.Json.Nodes;
using Engram.ContinualLearning.Experiments;
using Engram.Models;

namespace Engram.ContinualLearning.Tests.Experiments;

public class AxesTests
{
    private const string Grid = """
        {
          "name": "grid",
          "dataset": { "name": "synthetic-digits", "train": 200, "test": 100 },
          "scenario": { "kind": "rotation", "tasks": 2 },
          "model": { "kind": "mlp", "hidden": [5] },
          "optimizer": { "kind": "sgd", "learningRate": 0.01 },
          "training": { "epochs": 1, "batchSize": 10, "replayBatch": 10 },
          "methods": [
            { "name": "finetune", "strategy": { "kind": "finetune" } },
            { "name": "raw", "strategy": { "kind": "er", "replay": { "kind": "buffer", "storage": "task-end", "perTask": "scalar-equal" } } },
            { "name": "gen", "strategy": { "kind": "er", "replay": { "kind": "svd-generators", "rank": 5 } }, "baseline": "raw" },
            { "name": "gen-big", "strategy": { "kind": "er", "replay": { "kind": "svd-generators", "rank": 9 } }, "only": { "dataset": "large" } }
          ],
          "seeds": "0..2",
          "axes": {
            "dataset": {
              "small": { "dataset.train": 150 },
              "large": { "dataset.train": 180, "seeds": "0..1" }
            },
            "model": {
              "narrow": { "model": { "kind": "mlp", "hidden": [4] }, "optimizer.learningRate": 0.2 },
              "wide": { "model": { "kind": "mlp", "hidden": [9, 9] }, "only": { "dataset": ["large"] } }
            }
          }
        }
        """;

    private static IReadOnlyList<ExperimentCell> Cells(params (string, string)[] changes) => ExperimentPlan.Cells(ExperimentFile.Parse(Grid, changes: changes));

    private static IReadOnlyList<string> ProblemsOf(params (string, string)[] changes) =>
        Assert.Throws<ConfigurationException>(() => ExperimentFile.Parse(Grid, "test", changes)).Problems;

    [Fact]
    public void Every_method_runs_at_every_place_that_its_conditions_and_the_variants_allow()
    {
        IReadOnlyList<ExperimentCell> cells = Cells();
        // small × narrow: 3 methods × 3 seeds; large × narrow and large × wide: 4 methods × 2 seeds each
        Assert.Equal(9 + 8 + 8, cells.Count);
        Assert.Equal(cells.Count, cells.Select(cell => cell.Fingerprint).Distinct().Count());
        Assert.DoesNotContain(cells, cell => cell.Label.StartsWith("gen-big (dataset=small"));
        Assert.DoesNotContain(cells, cell => cell.Label.Contains("dataset=small, model=wide"));
        Assert.DoesNotContain(cells, cell => cell.Label.Contains("dataset=large") && cell.Seed == 2);
        ExperimentCell wide = cells.First(cell => cell.Label == "gen-big (dataset=large, model=wide), seed 1");
        Assert.Equal(180, wide.Options.Dataset.Train);
        Assert.Equal([9, 9], ((MlpOptions)wide.Options.Model).Hidden);
        Assert.Equal(0.01, wide.Options.Optimizer.LearningRate);
        Assert.Equal(0.2, cells[0].Options.Optimizer.LearningRate);
        Assert.Null(wide.Options.Axes);
        Assert.Null(wide.Method.Only);
    }

    [Fact]
    public void Cells_come_seed_by_seed_and_in_a_seed_the_methods_of_a_place_together()
    {
        string[] labels = [.. Cells().Take(7).Select(cell => cell.Label)];
        Assert.Equal("finetune (dataset=small, model=narrow), seed 0", labels[0]);
        Assert.Equal("gen (dataset=small, model=narrow), seed 0", labels[2]);
        Assert.Equal("finetune (dataset=large, model=narrow), seed 0", labels[3]);
        Assert.Equal("gen-big (dataset=large, model=narrow), seed 0", labels[6]);
    }

    [Fact]
    public void A_cell_of_an_axis_has_the_fingerprint_of_the_experiment_that_states_the_same_directly()
    {
        ExperimentOptions plain = ExperimentFile.Parse(Grid, changes:
            [("axes", "null"), ("methods[gen-big].only", "null"), ("dataset.train", "150"), ("model.hidden", "[4]"), ("optimizer.learningRate", "0.2")]);
        Assert.Equal(
            ExperimentPlan.Cells(plain).First(cell => cell.Label == "gen, seed 1").Fingerprint,
            Cells().First(cell => cell.Label == "gen (dataset=small, model=narrow), seed 1").Fingerprint);
    }

    [Fact]
    public void Fingerprints_stay_what_they_were_when_cells_were_stored_by_earlier_builds()
    {
        // A new option must be left out of the JSON where it has its default, or every stored cell would be run again.
        ExperimentOptions quickstart = ExperimentFile.Load("quickstart", [
            ("dataset.train", "100"), ("dataset.test", "50"), ("scenario.trainPerTask", "20"), ("scenario.testPerTask", "10")]);
        Assert.Equal(
            ["1ddbe939d9e2b6e9", "aeca73dc2d8905f7"],
            ExperimentPlan.Cells(quickstart).Where(cell => cell.Seed == 0 && cell.Method.Name is "FineTune" or "ER-gen").Select(cell => cell.Fingerprint[..16]).Take(2));
    }

    [Fact]
    public void An_axis_that_writes_nothing_of_a_method_does_not_multiply_it()
    {
        IReadOnlyList<ExperimentCell> cells = Cells(
            ("axes", """{"rank": {"1": {"methods[gen].strategy.replay.rank": 1, "methods[raw].strategy.replay.referenceRank": 1}, "5": {"methods[gen].strategy.replay.rank": 5, "methods[raw].strategy.replay.referenceRank": 5}}}"""),
            ("methods[gen-big].only", "null"), ("seeds", "0"));
        Assert.Equal(
            ["finetune, seed 0", "raw (rank=1), seed 0", "gen (rank=1), seed 0", "gen-big, seed 0", "raw (rank=5), seed 0", "gen (rank=5), seed 0"],
            cells.Select(cell => cell.Label));
    }

    [Fact]
    public void Where_two_axes_write_one_setting_the_later_axis_counts_and_a_sweep_counts_over_both()
    {
        Assert.All(
            Cells(("axes.dataset.small[optimizer.learningRate]", "0.5")).Where(cell => cell.Label.Contains("small")),
            cell => Assert.Equal(0.2, cell.Options.Optimizer.LearningRate));
        Assert.Equal(
            [0.3, 0.4], Cells(("sweep", "{\"optimizer.learningRate\": [0.3, 0.4]}")).Select(cell => cell.Options.Optimizer.LearningRate).Distinct());
    }

    [Fact]
    public void Seeds_and_a_budget_from_outside_win_over_the_variants()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(
            Grid, changes: [("axes.model.narrow[training.epochs]", "7"), ("axes.model.wide.training", "{\"epochs\": 8}")], seeds: new SeedList(4), budget: new RunBudget(Epochs: 2));
        Assert.All(ExperimentPlan.Cells(experiment), cell => Assert.Equal((4, 2), (cell.Seed, cell.Options.Training.Epochs)));
        Assert.Contains(
            "--epochs: the experiment sweeps over training.epochs",
            Assert.Throws<ConfigurationException>(() => ExperimentFile.Parse(
                Grid, changes: [("sweep", "{\"training.epochs\": [1, 2]}")], budget: new RunBudget(Epochs: 2))).Message);
    }

    [Theory]
    [InlineData("axes", "{\"seed\": {\"a\": {}}}", "neither method nor seed")]
    [InlineData("axes.model", "{}", "at least one variant")]
    [InlineData("axes.model.wide", "3", "axes.model.wide: expected an object")]
    [InlineData("axes.model.wide[model.hiden]", "[3]", "did you mean model.hidden?")]
    [InlineData("axes.model.wide[name]", "\"x\"", "a variant cannot change this")]
    [InlineData("axes.model.wide[methods[jen].strategy]", "{}", "did you mean gen?")]
    [InlineData("axes.model.wide.seeds", "\"4..0\"", "runs backwards")]
    [InlineData("axes.model.wide.only", "{\"datset\": \"small\"}", "did you mean dataset?")]
    [InlineData("axes.model.wide.only", "{\"dataset\": \"smal\"}", "did you mean small?")]
    [InlineData("methods[gen].except", "{\"model\": [\"wide\", 3]}", "expected the name of a variant")]
    [InlineData("methods[gen].except", "{}", "expected an object of axes")]
    [InlineData("sweep", "{\"model\": [1]}", "a sweep has the same name")]
    [InlineData("optimizer.learningRates", "1", "did you mean optimizer.learningRate?")]
    [InlineData("model.hidden", "[3]", "every variant of the axis model writes it")]
    public void Axes_and_conditions_are_checked_with_the_nearest_name(string key, string value, string expected) =>
        Assert.Contains(ProblemsOf((key, value)), problem => problem.Contains(expected));

    [Fact]
    public void Conditions_without_axes_and_methods_that_run_nowhere_are_refused()
    {
        Assert.Contains(ProblemsOf(("axes", "null")), problem => problem.Contains("methods[3].only.dataset: the experiment has no axes"));
        Assert.Contains(
            ProblemsOf(("methods", """[{"name": "a", "strategy": {"kind": "finetune"}, "only": {"dataset": "small"}, "except": {"model": "narrow"}}]""")),
            problem => problem.Contains("no method runs anywhere"));
    }

    [Fact]
    public void An_experiment_with_axes_is_written_and_read_back_to_the_same_cells()
    {
        JsonObject written = ExperimentFile.ToJson(ExperimentFile.Parse(Grid));
        Assert.Equal(Cells().Select(cell => cell.Fingerprint), ExperimentPlan.Cells(ExperimentFile.Parse(written.ToJsonString())).Select(cell => cell.Fingerprint));
    }

    [Theory]
    [InlineData(8, "dataset=large,model=wide")]
    [InlineData(25, "dataset=small,large")]
    [InlineData(3, "method=gen", "dataset=small")]
    [InlineData(8, "method=finetune,seed=0..1,model=narrow", "method=gen")]
    [InlineData(1, "dataset=large, model=wide, seed=1, method=gen-big")]
    public void A_filter_takes_alternatives_of_one_key_and_all_keys_together(int expected, params string[] choices)
    {
        IReadOnlyList<ExperimentCell> cells = Cells();
        Assert.Equal(expected, cells.Count(CellFilter.Parse(choices, cells).Fits));
    }

    [Theory]
    [InlineData("dataset=smal", "did you mean small?")]
    [InlineData("modle=wide", "did you mean model?")]
    [InlineData("seed=9", "seed: there is no \"9\"")]
    [InlineData("seed=x", "cannot read")]
    [InlineData("wide", "expected key=value")]
    [InlineData("=wide", "expected key=value")]
    [InlineData("dataset=small,model=wide", "no cell is dataset=small, model=wide")]
    public void A_filter_that_no_cell_fits_says_what_there_is(string choice, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => CellFilter.Parse([choice], Cells())).Message);

    [Fact]
    public void Swept_settings_are_filtered_by_their_last_part_and_by_value()
    {
        IReadOnlyList<ExperimentCell> cells = Cells(("sweep", "{\"optimizer.learningRate\": [0.3, 0.4]}"));
        Assert.Equal(25, cells.Count(CellFilter.Parse(["learningRate=0.30"], cells).Fits));
        Assert.Equal(50, cells.Count(CellFilter.Parse(["optimizer.learningRate=0.3,0.4"], cells).Fits));
    }
}
