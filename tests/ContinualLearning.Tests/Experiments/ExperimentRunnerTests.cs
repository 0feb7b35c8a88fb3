using Engram.ContinualLearning.Experiments;
using Engram.Results;

namespace Engram.ContinualLearning.Tests.Experiments;

public sealed class ExperimentRunnerTests : IDisposable
{
    private const string Tiny = """
        {
          "name": "tiny",
          "dataset": { "name": "synthetic-digits", "train": 450, "test": 90 },
          "scenario": { "kind": "rotation", "tasks": 3, "degreesPerTask": 30 },
          "model": { "kind": "mlp", "hidden": [12] },
          "optimizer": { "kind": "sgd", "learningRate": 0.1, "momentum": 0.5 },
          "methods": [
            { "name": "er", "strategy": { "kind": "er", "replay": { "kind": "buffer", "storage": "reservoir", "capacity": 30 } } },
            { "name": "gen", "strategy": { "kind": "agem", "replay": { "kind": "svd-generators", "rank": 2 } } },
            { "name": "joint", "strategy": { "kind": "joint" } }
          ]
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("engram-runner-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_cell_stopped_between_tasks_goes_on_from_its_checkpoint_with_the_same_numbers()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny);
        ResultDocument whole = new ExperimentRunner(experiment, Settings("whole")).Run();
        RunSettings stopped = Settings("stopped") with { Threads = 1, CheckpointAfter = TimeSpan.Zero };
        int attempts = 0;
        Recorder recorder = new();
        ResultDocument? document = null;
        while (document is null && attempts++ < 50)
        {
            // Every attempt gets through two tasks at most, and stops at the first step of the next.
            using CancellationTokenSource stop = new();
            recorder.StopAfter(20, stop);
            try
            {
                document = new ExperimentRunner(experiment, stopped).Run(recorder, stop.Token);
            }
            catch (OperationCanceledException)
            {
                recorder.Stops++;
            }
        }

        Assert.NotNull(document);
        Assert.True(recorder.Stops >= 4, $"only {recorder.Stops} stops");
        Assert.Contains(recorder.Notes, note => note.Contains("er, seed 0: continues after task 2 of 3"));
        Assert.Contains(recorder.Notes, note => note.Contains("gen, seed 0: continues after task 2 of 3"));
        for (int m = 0; m < 3; m++)
        {
            Assert.Equal(whole.Methods[m].AccuracyMatrices[0], document.Methods[m].AccuracyMatrices[0]);
            Assert.Equal(whole.Methods[m].Memory, document.Methods[m].Memory);
        }

        Assert.Equal(
            whole.Methods[1].Extras!["triggerRate"].Values, document.Methods[1].Extras!["triggerRate"].Values);
        Assert.Empty(Directory.GetDirectories(Path.Combine(stopped.OutFolder, "checkpoints")));
    }

    [Fact]
    public void Joint_training_measures_the_untrained_and_the_last_row_alone_and_learns_all_tasks()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny, changes: [("training.epochs", "8")]);
        MethodResult joint = new ExperimentRunner(experiment, Settings("joint")).Run().Methods[2];
        double[][] matrix = joint.AccuracyMatrices[0];
        Assert.DoesNotContain(double.NaN, matrix[0]);
        Assert.All(matrix[1..^1], row => Assert.All(row, value => Assert.True(double.IsNaN(value))));
        Assert.DoesNotContain(double.NaN, matrix[^1]);
        Assert.True(joint.Acc.Mean > matrix[0].Average() + 0.2);
        Assert.True(double.IsNaN(joint.Bwt.Mean));
        Assert.Equal(0, joint.MemoryBytes);
    }

    [Fact]
    public void The_replay_batch_of_the_experiment_reaches_every_method()
    {
        double[][] Matrix(string replayBatch, int method) => new ExperimentRunner(
            ExperimentFile.Parse(Tiny, changes: [("training.replayBatch", replayBatch)]), Settings("replay" + replayBatch)).Run().Methods[method].AccuracyMatrices[0];
        Assert.NotEqual(Matrix("1", 0), Matrix("30", 0));
        Assert.NotEqual(Matrix("1", 1), Matrix("30", 1));
    }

    [Fact]
    public void A_masked_head_and_masked_evaluation_agree_and_rows_that_are_not_wanted_stay_unmeasured()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny, changes:
            [("scenario", "{\"kind\": \"class-split\", \"labelMapping\": \"keep\"}"), ("training.head", "masked"),
             ("evaluation", "{\"taskIncremental\": true, \"untrainedRow\": false, \"futureTasks\": false}")]);
        MethodResult er = new ExperimentRunner(experiment, Settings("masked")).Run().Methods[0];
        double[][] matrix = er.AccuracyMatrices[0];
        Assert.Equal(er.Acc.Mean, er.TaskIncrementalAcc!.Mean);
        Assert.All(matrix[0], value => Assert.True(double.IsNaN(value)));
        Assert.True(double.IsNaN(matrix[1][1]));
        Assert.False(double.IsNaN(er.Bwt.Mean));
        Assert.False(double.IsNaN(er.Forgetting.Mean));
        Assert.True(double.IsNaN(er.Fwt.Mean));
    }

    [Fact]
    public void Several_heads_learn_every_task_beside_the_others_also_jointly()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny, changes: [("training.head", "multi-head"), ("training.epochs", "8"), ("evaluation", "{\"taskIncremental\": true}")]);
        ResultDocument document = new ExperimentRunner(experiment, Settings("heads")).Run();
        Assert.All(document.Methods, method => Assert.Equal(method.Acc.Mean, method.TaskIncrementalAcc!.Mean));
        MethodResult joint = document.Methods[2];
        Assert.True(joint.Acc.Mean > joint.AccuracyMatrices[0][0].Average() + 0.2, $"{joint.Acc}");
    }

    [Fact]
    public void A_cell_that_cannot_be_stored_stops_the_run_and_loses_nothing_stored_before()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny);
        RunSettings settings = Settings("full") with { Threads = 1 };
        ExperimentRunner runner = new(experiment, settings);
        string cells = Path.Combine(settings.OutFolder, "cells");
        // A folder where the file should go: the rename fails as it would on a broken disk.
        string blocked = Path.Combine(cells, runner.Cells[1].FileName);
        Directory.CreateDirectory(Path.Combine(blocked, "occupied"));
        RunStorageException e = Assert.Throws<RunStorageException>(() => runner.Run());
        Assert.Contains("run the same command again", e.Message);
        Assert.True(File.Exists(Path.Combine(cells, runner.Cells[0].FileName)));
        Assert.Empty(Directory.GetFiles(cells, "*.tmp"));
        Directory.Delete(blocked, recursive: true);
        Recorder recorder = new();
        Assert.Equal(3, new ExperimentRunner(experiment, settings).Run(recorder).Methods.Count);
        Assert.Equal(1, recorder.Stored);
    }

    [Fact]
    public void A_diverging_cell_is_listed_with_the_reason_and_the_others_go_on()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny.Replace("\"methods\"",
            "\"axes\": { \"rate\": { \"high\": { \"optimizer.learningRate\": 1e30 }, \"low\": {} } }, \"methods\"", StringComparison.Ordinal));
        foreach (int threads in new[] { 1, 2 })
        {
            Recorder recorder = new();
            ResultDocument document = new ExperimentRunner(experiment, Settings($"diverged {threads}") with { Threads = threads }).Run(recorder);
            Assert.Equal(3, document.Methods.Count);
            Assert.Equal(3, document.Missing.Count);
            Assert.All(document.Missing, missing => Assert.StartsWith("diverged: ", missing.Reason));
            Assert.Equal(3, recorder.Notes.Count(note => note.Contains("Lower optimizer.learningRate", StringComparison.Ordinal)));
        }

        ExperimentOptions alone = ExperimentFile.Parse(Tiny, changes: [("optimizer.learningRate", "1e30")]);
        Assert.Throws<DivergenceException>(() => new ExperimentRunner(alone, Settings("alone")).Run());
    }

    [Fact]
    public void Learning_curve_areas_are_measured_when_they_are_asked_for()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny, changes: [("evaluation.betaLca", "5")]);
        ResultDocument document = new ExperimentRunner(experiment, Settings("lca")).Run();
        Assert.InRange(document.Methods[0].Lca!.Mean, 0.01, 1);
        Assert.Null(document.Methods[2].Lca);
    }

    private RunSettings Settings(string name) => new() { OutFolder = Path.Combine(_folder, name), Threads = 2 };

    private sealed class Recorder : IExperimentProgress
    {
        private CancellationTokenSource? _stop;
        private int _left;

        public List<string> Notes { get; } = [];

        public int Stops { get; set; }

        public int Stored { get; private set; }

        public void StopAfter(int steps, CancellationTokenSource stop) => (_left, _stop) = (steps, stop);

        public void Planned(int cells, int stored, long steps, int threads) => Stored = stored;

        public void Estimated(TimeSpan wall)
        {
        }

        public void Started(ExperimentCell cell, long steps)
        {
        }

        public void Advanced(ExperimentCell cell, int steps)
        {
            // A resumed cell reports the steps it has behind it; only a trained task counts.
            if (_stop is not null && (_left -= Math.Min(steps, 15)) <= 0)
                _stop.Cancel();
        }

        public void Finished(ExperimentCell cell, CellResult result)
        {
        }

        public void Note(string text)
        {
            lock (Notes)
                Notes.Add(text);
        }
    }
}
