using Engram.ContinualLearning.Experiments;
using Engram.Data;
using Engram.Results;

namespace Engram.ContinualLearning.Tests.Experiments;

/// <summary>Accuracies among the classes seen until then (<c>evaluation.seenClasses</c>).</summary>
public sealed class SeenClassesTests : IDisposable
{
    private const string Tiny = """
        {
          "name": "seen",
          "dataset": { "name": "synthetic-digits", "train": 300, "test": 60 },
          "scenario": { "kind": "class-split", "classesPerTask": 2, "labelMapping": "keep" },
          "model": { "kind": "mlp", "hidden": [16], "cosineHead": {} },
          "optimizer": { "kind": "sgd", "learningRate": 0.1 },
          "evaluation": { "taskIncremental": true },
          "images": { "perClass": 0, "tasks": 0 },
          "methods": [ { "name": "pcr", "strategy": { "kind": "pcr", "replay": { "kind": "buffer", "capacity": 60 } } } ]
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("engram-seen-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Classes_to_come_take_no_part_and_the_last_row_stays()
    {
        MethodResult all = Run("all"), seen = Run("seen", ("evaluation.seenClasses", "true"));
        double[][] among = seen.AccuracyMatrices[0], outputs = all.AccuracyMatrices[0];
        bool differs = false;
        for (int row = 0; row < among.Length; row++)
        {
            for (int task = 0; task < row; task++)
            {
                Assert.True(among[row][task] >= outputs[row][task]);
                differs |= among[row][task] > outputs[row][task];
            }
        }

        Assert.True(differs, "an untrained proxy should have won somewhere");
        Assert.Equal(outputs[^1], among[^1]);
        Assert.Equal(all.TaskIncrementalAcc!.Values, seen.TaskIncrementalAcc!.Values);
        // nothing but the first task's two classes was seen, and an untrained network is asked for a task's own
        Assert.True(among[1][0] > 0.8);
        Assert.All(among[0], accuracy => Assert.InRange(accuracy, 0.2, 0.8));
    }

    [Fact]
    public void The_classes_to_choose_from_are_a_search_among_those_outputs()
    {
        using Learner learner = new(new LearnerOptions { Model = new Models.MlpOptions { Input = new Models.ImageShape(1, 28, 28), Hidden = [8], Outputs = 10 }.Create(), Seed = 3 });
        ImageSet images = ExperimentFile.Parse(Tiny).Dataset.Load(null).Test;
        int[] known = [1, 4, 7], guessed = new int[images.Count];
        float[] x = new float[images.Count * 784];
        images.CopyTo([.. Enumerable.Range(0, images.Count)], x);
        learner.Classify(x, images.Count, guessed, known);
        double expected = Enumerable.Range(0, images.Count).Count(i => guessed[i] == images.Labels[i]) / (double)images.Count;
        Evaluation evaluation = learner.Evaluate(images, known: known);
        Assert.Equal(expected, evaluation.ClassIncremental);
        Assert.Equal(learner.Evaluate(images).TaskIncremental, evaluation.TaskIncremental);
        Assert.Throws<ArgumentException>(() => learner.Evaluate(images, known: [10]));
    }

    [Theory]
    [InlineData("\"masked\"")]
    [InlineData("\"multi-head\"")]
    public void Heads_that_choose_among_a_tasks_outputs_already_refuse_it(string head) =>
        Assert.Contains("evaluation.seenClasses", Assert.Throws<ConfigurationException>(
            () => ExperimentFile.Parse(Tiny, changes: [("evaluation.seenClasses", "true"), ("training.head", head)])).Message);

    private MethodResult Run(string name, params (string Key, string Value)[] changes) =>
        new ExperimentRunner(ExperimentFile.Parse(Tiny, changes: changes), new RunSettings { OutFolder = Path.Combine(_folder, name), Threads = 1 }).Run().Methods[0];
}
