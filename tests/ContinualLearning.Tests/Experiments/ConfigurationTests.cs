using System.Text.Json.Nodes;
using Engram.ContinualLearning.Experiments;

namespace Engram.ContinualLearning.Tests.Experiments;

public class ConfigurationTests
{
    private const string Tiny = """
        {
          "name": "tiny",
          "dataset": { "name": "synthetic-digits", "train": 200, "test": 100 },
          "scenario": { "kind": "rotation", "tasks": 2 },
          "model": { "kind": "mlp", "hidden": [8] },
          "optimizer": { "kind": "sgd", "learningRate": 0.1 },
          "training": { "batchSize": 10 },
          "methods": [
            { "name": "finetune", "strategy": { "kind": "finetune" } },
            { "name": "er", "strategy": { "kind": "er", "replay": { "kind": "svd-generators", "rank": 2 } } }
          ],
          "seeds": "0..2"
        }
        """;

    private static IReadOnlyList<string> ProblemsOf(string json, params (string, string)[] changes) =>
        Assert.Throws<ConfigurationException>(() => ExperimentFile.Parse(json, "test", changes)).Problems;

    [Fact]
    public void Every_preset_is_in_order()
    {
        Assert.NotEmpty(ExperimentFile.Presets);
        foreach (string preset in ExperimentFile.Presets)
        {
            ExperimentOptions experiment = ExperimentFile.Load(preset);
            Assert.Equal(preset, experiment.Name);
            Assert.NotEmpty(experiment.Description);
            Assert.NotEmpty(ExperimentPlan.Cells(experiment));
        }
    }

    [Fact]
    public void A_written_experiment_reads_back_to_the_same_cells()
    {
        foreach (string preset in ExperimentFile.Presets)
        {
            ExperimentOptions experiment = ExperimentFile.Load(preset);
            ExperimentOptions again = ExperimentFile.Parse(ExperimentFile.ToJson(experiment).ToJsonString());
            Assert.Equal(ExperimentPlan.Cells(experiment).Select(c => c.Fingerprint), ExperimentPlan.Cells(again).Select(c => c.Fingerprint));
        }
    }

    [Theory]
    [InlineData("optimizer.learningRat", "0.1", "optimizer.learningRate")]
    [InlineData("trainin.epochs", "2", "training")]
    [InlineData("learningRate", "0.1", "optimizer.learningRate")]
    [InlineData("methods[er].strategy.replay.rnk", "3", "methods[1].strategy.replay.rank")]
    [InlineData("scenario.task", "3", "scenario.tasks")]
    public void An_unknown_key_is_answered_with_the_nearest_valid_one_and_its_path(string key, string value, string expected) =>
        Assert.Contains(ProblemsOf(Tiny, (key, value)), problem => problem.Contains("unknown key") && problem.Contains($"did you mean {expected}?"));

    [Fact]
    public void All_problems_are_listed_at_once_wrong_keys_wrong_types_and_wrong_values()
    {
        IReadOnlyList<string> problems = ProblemsOf(
            Tiny, ("traning", "1"), ("model.hidden", "\"wide\""), ("optimizer.learningRate", "-1"), ("training.epochs", "0"),
            ("methods[0].strategy.kind", "finetun"), ("dataset.name", "minst"), ("model.activation", "rleu"));
        Assert.Contains(problems, p => p.Contains("traning: unknown key; did you mean training?"));
        Assert.Contains(problems, p => p.StartsWith("model.hidden: expected a list"));
        Assert.Contains(problems, p => p.Contains("optimizer.learningRate") && p.Contains("-1"));
        Assert.Contains(problems, p => p.StartsWith("training.epochs"));
        Assert.Contains(problems, p => p.StartsWith("methods[0].strategy.kind") && p.Contains("did you mean \"finetune\"?"));
        Assert.Contains(problems, p => p.StartsWith("dataset.name") && p.Contains("did you mean \"mnist\"?"));
        Assert.Contains(problems, p => p.StartsWith("model.activation") && p.Contains("Relu"));
    }

    [Theory]
    [InlineData("{", "not readable as JSON")]
    [InlineData("[]", "expected an object")]
    [InlineData("{\"name\": \"x\", \"name\": \"y\"}", "not readable as JSON")]
    [InlineData("{\"name\": \"x\"}", "methods: is missing")]
    public void Text_that_is_no_experiment_is_refused(string json, string expected) =>
        Assert.Contains(ProblemsOf(json), problem => problem.Contains(expected));

    [Fact]
    public void Set_reaches_values_by_dots_list_numbers_and_method_names()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny, changes:
            [("optimizer.learningRate", "0.5"), ("model.hidden[0]", "16"), ("methods[er].strategy.replay.rank", "7"), ("training.replayBatch", "3")]);
        JsonObject json = ExperimentFile.ToJson(experiment);
        Assert.Equal(0.5, experiment.Optimizer.LearningRate);
        Assert.Equal(16, json["model"]!["hidden"]![0]!.GetValue<int>());
        Assert.Equal(7, json["methods"]![1]!["strategy"]!["replay"]!["rank"]!.GetValue<int>());
        Assert.Equal(3, experiment.Training.EffectiveReplayBatch);
    }

    [Theory]
    [InlineData("methods[nobody].strategy.kind", "it has finetune, er")]
    [InlineData("methods[9].name", "no entry '9'")]
    [InlineData("..", "is not a path")]
    [InlineData("seeds[0", "is not a path")]
    [InlineData("name.first", "holds no keys")]
    public void A_set_that_leads_nowhere_says_where_it_got_lost(string key, string expected) =>
        Assert.Contains(ProblemsOf(Tiny, (key, "1")), problem => problem.Contains(expected));

    [Fact]
    public void The_replay_batch_follows_the_batch_size_unless_it_is_given() =>
        Assert.Equal(10, ExperimentFile.Parse(Tiny).Training.EffectiveReplayBatch);

    [Fact]
    public void Cells_are_methods_times_settings_times_seeds_and_all_different()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny, changes:
            [("sweep", "{\"optimizer.learningRate\": [0.1, 0.01], \"training.epochs\": [1, 3]}"), ("methods[er].sweep", "{\"strategy.replay.rank\": [1, 2, 3]}")]);
        IReadOnlyList<ExperimentCell> cells = ExperimentPlan.Cells(experiment);
        Assert.Equal(3 * (4 + 12), cells.Count);
        Assert.Equal(cells.Count, cells.Select(c => c.Fingerprint).Distinct().Count());
        Assert.Equal(cells.Count, cells.Select(c => c.FileName).Distinct().Count());
        ExperimentCell last = cells[^1];
        Assert.Equal("er (optimizer.learningRate=0.01, strategy.replay.rank=3, training.epochs=3), seed 2", last.Label);
        Assert.Equal(3, last.Options.Training.Epochs);
        Assert.Equal(0.01, last.Options.Optimizer.LearningRate);
        Assert.Equal(2, last.Seed);
    }

    [Fact]
    public void A_fingerprint_changes_with_every_setting_that_matters_and_with_nothing_else()
    {
        string Of(params (string, string)[] changes) => ExperimentPlan.Cells(ExperimentFile.Parse(Tiny, changes: changes))[0].Fingerprint;
        string plain = Of();
        Assert.Equal(plain, Of(("name", "other"), ("description", "words"), ("seeds", "[0, 7]"), ("methods[er].name", "x")));
        Assert.NotEqual(plain, Of(("training.epochs", "2")));
        Assert.NotEqual(plain, Of(("seeds", "1")));
        Assert.NotEqual(plain, Of(("dataset.train", "220")));
        Assert.NotEqual(plain, Of(("optimizer.learningRate", "0.2")));
    }

    [Theory]
    [InlineData("sweep", "{\"optimizer.learningRat\": [1]}", "did you mean optimizer.learningRate?")]
    [InlineData("sweep", "{\"optimizer.learningRate\": []}", "expected a list of at least one value")]
    [InlineData("sweep", "{\"optimizer.learningRate\": [0.1, -1]}", "learningRate")]
    [InlineData("sweep", "{\"methods[er].strategy.replay.rank\": [1]}", "method's own sweep")]
    [InlineData("methods[er].sweep", "{\"strategy.replay.rnk\": [1]}", "unknown key")]
    public void A_sweep_is_checked_before_anything_runs(string key, string value, string expected) =>
        Assert.Contains(ProblemsOf(Tiny, (key, value)), problem => problem.Contains(expected));

    [Fact]
    public void An_unknown_preset_is_answered_with_the_nearest_one()
    {
        string preset = ExperimentFile.Presets[0];
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => ExperimentFile.Load(preset[..^1]));
        Assert.Contains($"did you mean {preset}?", e.Message);
    }
}
