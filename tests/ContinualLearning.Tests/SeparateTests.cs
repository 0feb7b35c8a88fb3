using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class SeparateTests
{
    private static float[] Row(Learner learner, int tasks) =>
        [.. Enumerable.Range(0, tasks).Select(task => (float)learner.Evaluate(Toy.Task(task, 80, 9), task: task).ClassIncremental)];

    [Fact]
    public void One_network_per_task_is_a_fresh_learner_per_task_and_no_task_touches_another()
    {
        using var learner = new Learner(Toy.Options(new SeparateOptions(), new SgdOptions { LearningRate = 0.2f, Momentum = 0.5f }));
        float[] untrained = Row(learner, 3);
        var before = new List<float[]>();
        for (int task = 0; task < 3; task++)
        {
            learner.BeginTask(new TaskInfo());
            float[] start = learner.Values.ToArray();
            Assert.All(before, other => Assert.NotEqual(other, start));
            before.Add(start);
            Toy.Train(learner, Toy.Task(task, 80), 30);
            learner.EndTask();
            float[] row = Row(learner, 3);
            for (int later = task + 1; later < 3; later++)
                Assert.Equal(untrained[later], row[later]); // forward transfer is exactly zero
            for (int earlier = 0; earlier <= task; earlier++)
                Assert.True(row[earlier] > 0.8, $"{row[earlier]}");
        }

        using var alone = new Learner(Toy.Options(new FineTuneOptions(), new SgdOptions { LearningRate = 0.2f, Momentum = 0.5f }));
        Toy.Train(alone, Toy.Task(0, 80), 30);
        alone.EndTask();
        Assert.Equal((float)alone.Evaluate(Toy.Task(0, 80, 9)).ClassIncremental, Row(learner, 1)[0]);
        var x = new float[80 * Toy.Features];
        int[] y = new int[80], under = new int[80], expected = new int[80];
        Toy.Task(0, 80, 9).CopyTo([.. Enumerable.Range(0, 80)], x, y);
        learner.Classify(x, 80, under, task: 0);
        alone.Classify(x, 80, expected);
        Assert.Equal(expected, under);
    }

    [Fact]
    public void One_input_layer_per_task_shares_the_rest()
    {
        using var learner = new Learner(Toy.Options(new SeparateOptions { Part = SeparatePart.InputLayer }));
        int own = (Toy.Features * 16) + 16;
        Toy.Train(learner, Toy.Task(0, 80), 30);
        learner.EndTask();
        float[] first = learner.Values.ToArray();
        learner.BeginTask(new TaskInfo());
        float[] second = learner.Values.ToArray();
        Assert.NotEqual(first[..own], second[..own]);
        Assert.Equal(first[own..], second[own..]);
        float before = Row(learner, 1)[0];
        Assert.True(before > 0.8, $"{before}");
        Toy.Train(learner, Toy.Task(1, 80), 30);
        Assert.NotEqual(first[own..], learner.Values.ToArray()[own..]); // the shared rest goes on, also under the first task
    }

    [Fact]
    public void Running_statistics_belong_to_the_task_too()
    {
        Model Create() => new ResNet18Options { Width = 2, Input = new ImageShape(1, 4, 5), Outputs = Toy.Classes }.Create();
        using var learner = new Learner(Toy.Options(new SeparateOptions()) with { Model = Create() });
        Toy.Train(learner, Toy.Task(0, 80), 6);
        learner.EndTask();
        float first = Row(learner, 1)[0];
        float[] after = learner.State.ToArray();
        Toy.Train(learner, Toy.Task(1, 80), 6);
        Assert.NotEqual(after, learner.State.ToArray());
        Assert.Equal(first, Row(learner, 1)[0]);
    }
}
