using Engram.ContinualLearning.Experiments;
using Engram.Data;
using Engram.Results;

namespace Engram.ContinualLearning.Tests.Experiments;

public sealed class FilteredRunTests : IDisposable
{
    /// <summary>Two methods, two seeds, two networks.</summary>
    internal const string Grid = """
        {
          "name": "grid",
          "dataset": { "name": "synthetic-digits", "train": 200, "test": 60 },
          "scenario": { "kind": "rotation", "tasks": 2 },
          "training": { "epochs": 1, "batchSize": 10 },
          "methods": [
            { "name": "finetune", "strategy": { "kind": "finetune" } },
            { "name": "raw", "strategy": { "kind": "agem", "replay": { "kind": "buffer", "storage": "task-end", "perTask": 5 } } }
          ],
          "seeds": "0..1",
          "axes": {
            "model": {
              "narrow": { "model": { "kind": "mlp", "hidden": [4] } },
              "wide": { "model": { "kind": "mlp", "hidden": [9, 9] } }
            }
          }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("engram-filter-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Filtered_runs_add_up_to_the_whole_and_say_what_is_missing_on_the_way()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Grid);
        ResultDocument narrow = new ExperimentRunner(experiment, Settings("parts", "model=narrow")).Run();
        Assert.Equal(["finetune (model=narrow)", "raw (model=narrow)"], narrow.Methods.Select(method => method.Label));
        Assert.Equal(["finetune (model=wide)", "raw (model=wide)"], narrow.Missing.Select(missing => missing.Label));
        Assert.All(narrow.Missing, missing => Assert.Equal([0, 1], missing.Seeds));
        Assert.All(narrow.Missing, missing => Assert.Equal("not run", missing.Reason));

        Counter counter = new();
        ResultDocument wide = new ExperimentRunner(experiment, Settings("parts", "model=wide", "seed=1")).Run(counter);
        Assert.Equal((2, 0), (counter.Cells, counter.Stored));
        Assert.Equal(4, wide.Methods.Count);
        Assert.All(wide.Missing, missing => Assert.Equal([0], missing.Seeds));

        ResultDocument rest = new ExperimentRunner(experiment, Settings("parts")).Run(counter);
        Assert.Equal((8, 6), (counter.Cells, counter.Stored));
        Assert.Empty(rest.Missing);
        ResultDocument whole = new ExperimentRunner(experiment, Settings("whole")).Run();
        Assert.Equal(whole.Methods.Select(method => method.Label), rest.Methods.Select(method => method.Label));
        Assert.Equal(whole.Methods.SelectMany(method => method.AccuracyMatrices), rest.Methods.SelectMany(method => method.AccuracyMatrices));
        Assert.Equal(rest.Missing.Count, ResultJson.Load(Path.Combine(_folder, "parts", "result.json")).Missing.Count);
    }

    [Fact]
    public void Fresh_runs_only_the_chosen_cells_again()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Grid);
        new ExperimentRunner(experiment, Settings("fresh")).Run();
        Counter counter = new();
        ResultDocument document = new ExperimentRunner(experiment, Settings("fresh", "method=raw,model=wide") with { Fresh = true }).Run(counter);
        Assert.Equal((2, 0, 2), (counter.Cells, counter.Stored, counter.Done));
        Assert.Empty(document.Missing);
    }

    [Fact]
    public void A_method_without_a_memory_runs_once_over_swept_replay_batches()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Grid, changes: [("sweep", "{\"training.replayBatch\": [5, 10]}"), ("seeds", "0")]);
        Counter counter = new();
        ResultDocument document = new ExperimentRunner(experiment, Settings("once")).Run(counter);
        Assert.Equal(8, counter.Cells);
        Assert.Equal(8, counter.Done);
        Assert.Equal(6, counter.Started);
        Assert.Equal(8, document.Methods.Count);
        MethodResult[] finetune = [.. document.Methods.Where(method => method.Label.StartsWith("finetune (model=wide"))];
        Assert.Equal(2, finetune.Length);
        Assert.Equal(finetune[0].AccuracyMatrices[0], finetune[1].AccuracyMatrices[0]);

        // A third value needs no further run of it, for the work is stored.
        ExperimentOptions more = ExperimentFile.Parse(Grid, changes: [("sweep", "{\"training.replayBatch\": [5, 20]}"), ("seeds", "0")]);
        new ExperimentRunner(more, Settings("once")).Run(counter = new Counter());
        Assert.Equal(2, counter.Started);
    }

    [Fact]
    public void A_dataset_without_files_is_left_out_where_there_are_others_and_listed_as_missing()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Grid, changes:
            [("axes.dataset", "{\"digits\": {}, \"mnist\": {\"dataset.name\": \"mnist\"}}"), ("seeds", "0")]);
        Counter counter = new();
        ResultDocument document = new ExperimentRunner(experiment, Settings("absent") with { DataFolder = _folder }).Run(counter);
        Assert.Equal(4, document.Methods.Count);
        Assert.Equal(4, document.Missing.Count);
        Assert.All(document.Missing, missing => Assert.Equal("the files of mnist are not there", missing.Reason));
        Assert.Contains("mnist: 4 cells left out", Assert.Single(counter.Notes));

        ExperimentRunner alone = new(experiment, Settings("absent", "dataset=mnist") with { DataFolder = _folder });
        Assert.Contains("train-images", Assert.Throws<DatasetNotFoundException>(alone.Prepare).Message);
    }

    [Fact]
    public void A_stopped_run_leaves_a_document_of_what_is_done()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Grid);
        using CancellationTokenSource stop = new();
        Counter counter = new() { StopAfter = (3, stop) };
        Assert.Throws<OperationCanceledException>(() => new ExperimentRunner(experiment, Settings("stopped") with { Threads = 1 }).Run(counter, stop.Token));
        ResultDocument document = ResultJson.Load(Path.Combine(_folder, "stopped", "result.json"));
        Assert.Equal(3, document.Methods.Sum(method => method.Seeds.Count));
        Assert.Equal(5, document.Missing.Sum(missing => missing.Seeds.Count));
    }

    [Fact]
    public void A_cell_tells_the_most_memory_that_its_learner_held()
    {
        ResultDocument document = new ExperimentRunner(ExperimentFile.Parse(Grid), Settings("memory", "seed=0")).Run();
        long Of(string label) => document.Methods.First(method => method.Label == label).PeakBytes!.Value;
        // [784, 4, 10] and [784, 9, 9, 10] with biases, as values and gradient.
        Assert.InRange(Of("finetune (model=narrow)"), 2 * 4 * ((784 * 4) + 4 + 40 + 10), 1 << 20);
        Assert.True(Of("finetune (model=wide)") > Of("finetune (model=narrow)"));
        Assert.True(Of("raw (model=wide)") > Of("finetune (model=wide)"));
    }

    private RunSettings Settings(string name, params string[] only) => new() { OutFolder = Path.Combine(_folder, name), Threads = 2, Only = only };

    private sealed class Counter : IExperimentProgress
    {
        public int Cells { get; private set; }

        public int Stored { get; private set; }

        public int Started { get; private set; }

        public int Done { get; private set; }

        public List<string> Notes { get; } = [];

        public (int Cells, CancellationTokenSource Stop)? StopAfter { get; init; }

        public void Planned(int cells, int stored, long steps, int threads) => (Cells, Stored) = (cells, stored);

        public void Estimated(TimeSpan wall)
        {
        }

        void IExperimentProgress.Started(ExperimentCell cell, long steps)
        {
            lock (Notes)
                Started++;
        }

        public void Advanced(ExperimentCell cell, int steps)
        {
        }

        public void Finished(ExperimentCell cell, CellResult result)
        {
            lock (Notes)
                Done++;
            if (Done == StopAfter?.Cells)
                StopAfter.Value.Stop.Cancel();
        }

        public void Note(string text) => Notes.Add(text);
    }
}
