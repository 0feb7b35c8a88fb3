using Engram.Autograd;
using Engram.Data;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class HeadTests
{
    private const int Tasks = 3;

    private static Mlp Model() => new(new MlpOptions { Input = ImageShape.Flat(Toy.Features), Hidden = [16], Outputs = Tasks * Toy.Classes });

    private static LearnerOptions Options(StrategyOptions strategy) =>
        Toy.Options(strategy) with { Model = Model(), Head = HeadPolicy.MultiHead, OutputsPerTask = Toy.Classes };

    [Fact]
    public void A_step_reaches_the_head_of_its_own_task_only()
    {
        using var learner = new Learner(Options(new FineTuneOptions()));
        for (int task = 0; task < Tasks; task++)
        {
            ImageSet images = Toy.Task(task, 80);
            Toy.Train(learner, images, 3);
            for (int head = 0; head < Tasks; head++)
                Assert.Equal(head == task, Touched(learner, head));
            learner.EndTask(images);
        }
    }

    [Fact]
    public void Replayed_rows_reach_the_head_of_the_task_that_they_come_from()
    {
        using var learner = new Learner(Options(new ErOptions { Replay = new BufferOptions { Capacity = 40 } }));
        for (int task = 0; task < 2; task++)
        {
            ImageSet images = Toy.Task(task, 80);
            Toy.Train(learner, images, 4);
            Assert.Equal([true, task == 1, false], [Touched(learner, 0), Touched(learner, 1), Touched(learner, 2)]);
            learner.EndTask(images);
        }
    }

    [Fact]
    public void The_loss_is_the_cross_entropy_within_the_tasks_head()
    {
        using var learner = new Learner(Options(new FineTuneOptions()));
        ImageSet images = Toy.Task(0, 8);
        Toy.Train(learner, images, 1);
        learner.EndTask(images);
        var x = new float[8 * Toy.Features];
        var y = new int[8];
        images.CopyTo([0, 1, 2, 3, 4, 5, 6, 7], x, y);
        var logits = new float[8 * Tasks * Toy.Classes];
        learner.Predict(x, 8, logits);
        double expected = 0;
        for (int i = 0; i < 8; i++)
        {
            ReadOnlySpan<float> head = logits.AsSpan((i * Tasks + 1) * Toy.Classes, Toy.Classes);
            double sum = 0;
            foreach (float logit in head)
                sum += Math.Exp(logit);
            expected += Math.Log(sum) - head[y[i]];
        }
        Assert.Equal(expected / 8, learner.Observe(new Batch(x, y)).Loss, 1e-5);
    }

    [Fact]
    public void Evaluation_within_the_head_beats_a_guess_of_task_and_class()
    {
        using var learner = new Learner(Options(new FineTuneOptions()));
        ImageSet[] sets = [Toy.Task(0, 80), Toy.Task(1, 80)];
        foreach (ImageSet images in sets)
        {
            Toy.Train(learner, images, 120);
            learner.EndTask(images);
        }
        Evaluation last = learner.Evaluate(sets[1], task: 1);
        Assert.True(last.TaskIncremental > 0.95, $"{last}");
        for (int task = 0; task < 2; task++)
        {
            Evaluation evaluation = learner.Evaluate(sets[task], task: task);
            Assert.True(evaluation.ClassIncremental <= evaluation.TaskIncremental, $"{evaluation}");
        }
        // the images of task 1 are those of task 0 with the classes moved on by one: the first head calls them by their names of task 0
        Assert.True(learner.Evaluate(sets[1], task: 0).TaskIncremental < 0.05);
        var x = new float[80 * Toy.Features];
        var y = new int[80];
        var found = new int[80];
        sets[1].CopyTo([.. Enumerable.Range(0, 80)], x, y);
        learner.Classify(x, 80, found, task: 1);
        Assert.Equal(last.TaskIncremental, found.Zip(y).Count(pair => pair.First == pair.Second) / 80.0);
        Assert.Contains("the task must be named, 0 to 2", Assert.Throws<ArgumentException>(() => learner.Evaluate(sets[0])).Message);
        Assert.Contains("the task must be named, 0 to 2", Assert.Throws<ArgumentException>(() => learner.Classify(x, 80, found)).Message);
    }

    [Fact]
    public void Rows_of_several_tasks_can_be_learned_together()
    {
        using var learner = new Learner(Options(new JointOptions()));
        ImageSet images = Toy.Task(0, 8);
        var x = new float[8 * Toy.Features];
        var y = new int[8];
        images.CopyTo([0, 1, 2, 3, 4, 5, 6, 7], x, y);
        learner.Observe(new Batch(x, y, tasks: [0, 2, 0, 2, 0, 2, 0, 2]));
        Assert.Equal([true, false, true], [Touched(learner, 0), Touched(learner, 1), Touched(learner, 2)]);
        Assert.Contains("one task of 0 to 2 per row for 8 rows, got 8 from 0 to 3",
            Assert.Throws<ArgumentException>(() => learner.Observe(new Batch(x, y, tasks: [0, 0, 0, 0, 0, 0, 0, 3]))).Message);
        Assert.Contains("for 8 rows, got 2", Assert.Throws<ArgumentException>(() => learner.Observe(new Batch(x, y, tasks: [0, 0]))).Message);
    }

    [Fact]
    public void A_learner_with_several_heads_continues_from_its_file_bit_for_bit()
    {
        string path = Path.Combine(Path.GetTempPath(), $"heads-{Guid.NewGuid():N}.safetensors");
        try
        {
            using var learner = new Learner(Options(new ErOptions { Replay = new BufferOptions { Capacity = 30 } }));
            Toy.Train(learner, Toy.Task(0, 80), 5);
            learner.EndTask(Toy.Task(0, 80));
            Toy.Train(learner, Toy.Task(1, 80), 3);
            learner.Save(path);
            using Learner loaded = Learner.Load(path, Model());
            Assert.Equal((HeadPolicy.MultiHead, Toy.Classes), (loaded.Options.Head, loaded.Options.OutputsPerTask));
            Toy.Train(learner, Toy.Task(1, 80), 4, start: 3);
            Toy.Train(loaded, Toy.Task(1, 80), 4, start: 3);
            Assert.Equal(learner.Values.ToArray(), loaded.Values.ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_task_without_a_head_and_outputs_that_do_not_divide_are_refused()
    {
        using var learner = new Learner(Options(new FineTuneOptions()));
        for (int task = 0; task < Tasks; task++)
        {
            Toy.Train(learner, Toy.Task(task, 8), 1);
            learner.EndTask();
        }
        Assert.Contains("3 heads of 4", Assert.Throws<InvalidOperationException>(() => learner.BeginTask(new TaskInfo())).Message);
        Assert.Contains("outputsPerTask must divide", Assert.Throws<ArgumentException>(() => new Learner(Options(new FineTuneOptions()) with { OutputsPerTask = 5 })).Message);
        using var fresh = new Learner(Options(new FineTuneOptions()));
        Assert.Contains("outputs 0 to 3 per task", Assert.Throws<ArgumentException>(() => fresh.Observe(new Batch(new float[Toy.Features], [4]))).Message);
    }

    private static bool Touched(Learner learner, int head)
    {
        float[] rows = learner.Model.Parameters["2.weight"].Of(learner.Gradient).ToArray(), biases = learner.Model.Parameters["2.bias"].Of(learner.Gradient).ToArray();
        bool weight = rows.AsSpan(head * Toy.Classes * 16, Toy.Classes * 16).ContainsAnyExcept(0f);
        Assert.Equal(weight, biases.AsSpan(head * Toy.Classes, Toy.Classes).ContainsAnyExcept(0f));
        return weight;
    }
}
