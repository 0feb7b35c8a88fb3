using Engram.ContinualLearning.Experiments;
using Engram.Data;
using Engram.Results;

namespace Engram.ContinualLearning.Tests.Experiments;

public sealed class OpenSetTests : IDisposable
{
    private const string Tiny = """
        {
          "name": "open",
          "dataset": { "name": "synthetic-digits", "train": 300, "test": 60 },
          "scenario": { "kind": "class-split", "classesPerTask": 2, "labelMapping": "keep" },
          "model": { "kind": "mlp", "hidden": [16], "cosineHead": {} },
          "optimizer": { "kind": "sgd", "learningRate": 0.1 },
          "evaluation": { "openSet": true },
          "images": { "perClass": 0, "tasks": 0 },
          "methods": [ { "name": "random", "strategy": { "kind": "pcr", "replay": { "kind": "buffer", "capacity": 60 } } } ]
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("engram-open-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_area_after_every_task_is_that_of_the_largest_logit_among_seen_classes()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny);
        ResultDocument document = new ExperimentRunner(experiment, new RunSettings { OutFolder = _folder, Threads = 1 }).Run();
        IReadOnlyList<double> areas = document.Methods[0].OpenSets![0];
        Assert.Equal(4, areas.Count);
        Assert.Equal(areas.Average(), document.Methods[0].Extras!["openSetAuroc"].Mean, 1e-12);
        Assert.All(areas, area => Assert.InRange(area, 0.3, 1));

        // the first one again, by a learner of the test's own
        StreamTask[] tasks = [.. experiment.Scenario.CreateStream(experiment.Dataset.Load(null), 0)];
        using var learner = new Learner(new LearnerOptions
        {
            Model = (experiment.Model with { Input = new Models.ImageShape(1, 28, 28), Outputs = 10 }).Create(), Optimizer = experiment.Optimizer,
            Strategy = new PcrOptions { ReplayBatch = 10, Replay = new BufferOptions { Capacity = 60 } },
        });
        learner.BeginTask(new TaskInfo { Name = tasks[0].Name, Classes = [.. tasks[0].Classes] });
        BatchPlan plan = new(tasks[0].Train.Count, 10, 0, 0);
        int[] indices = new int[10];
        for (int batch = 0; batch < plan.BatchesPerEpoch; batch++)
        {
            int count = plan.Fill(0, batch, indices);
            float[] x = new float[count * 784];
            int[] y = new int[count];
            tasks[0].Train.CopyTo(indices.AsSpan(0, count), x, y);
            learner.Observe(new Batch(x, y));
        }

        float[] Scores(ImageSet images)
        {
            float[] x = new float[images.Count * 784], logits = new float[images.Count * 10];
            images.CopyTo([.. Enumerable.Range(0, images.Count)], x);
            learner.Predict(x, images.Count, logits);
            return [.. Enumerable.Range(0, images.Count).Select(i => Math.Max(logits[i * 10], logits[(i * 10) + 1]))];
        }

        float[] known = Scores(tasks[0].Test), unknown = [.. tasks.Skip(1).SelectMany(task => Scores(task.Test))];
        double pairs = known.Sum(a => unknown.Sum(b => a > b ? 1.0 : a == b ? 0.5 : 0));
        Assert.Equal(pairs / known.Length / unknown.Length, areas[0], 1e-9);
    }

    [Fact]
    public void Settings_that_do_not_fit_are_named()
    {
        Assert.Contains("still to come", Problem(("scenario.labelMapping", "modulo")));
        Assert.Contains("no common score", Problem(("training.head", "multi-head")));
        Assert.Contains("scenario.blur", Problem(("scenario.blur", "0.1"), ("training.head", "masked")));
        static string Problem(params (string, string)[] changes) => Assert.Throws<ConfigurationException>(() => ExperimentFile.Parse(Tiny, changes: changes)).Message;
    }

    [Fact]
    public void A_blurred_stream_is_learned_and_measured_by_its_own_classes()
    {
        ResultDocument document = new ExperimentRunner(
            ExperimentFile.Parse(Tiny, changes: [("scenario.blur", "0.3"), ("evaluation.openSet", "false")]), new RunSettings { OutFolder = _folder, Threads = 1 }).Run();
        Assert.True(document.Methods[0].Acc.Mean > 0.15);
        Assert.Null(document.Methods[0].OpenSets);
    }
}
