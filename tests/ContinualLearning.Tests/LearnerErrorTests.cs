using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class LearnerErrorTests
{
    private static string Observe(float[] x, int[] y, int task = -1, HeadPolicy head = HeadPolicy.Shared)
    {
        using var learner = new Learner(Toy.Options(new FineTuneOptions()) with { Head = head });
        learner.BeginTask(new TaskInfo { Classes = head == HeadPolicy.Masked ? [0, 1] : [] });
        return Assert.ThrowsAny<Exception>(() => learner.Observe(new Batch(x, y, task))).Message;
    }

    [Fact]
    public void A_bad_batch_is_named_with_row_and_remedy()
    {
        Assert.Contains("empty", Observe([], []));
        string message = Observe(new float[2 * 19], [0, 1]);
        Assert.Contains("[2, 20]", message);
        Assert.Contains("19 per sample", message);
        message = Observe(new float[2 * Toy.Features], [0, 4]);
        Assert.Contains("row 1 is 4", message);
        Assert.Contains("outputs 0 to 3", message);
        Assert.Contains("row 0 is -1", Observe(new float[Toy.Features], [-1]));
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var x = new float[3 * Toy.Features];
            x[2 * Toy.Features + 7] = bad;
            message = Observe(x, [0, 0, 0]);
            Assert.Contains("row 2, column 7", message);
        }

        Assert.Contains("task 5", Observe(new float[Toy.Features], [0], task: 5));
        Assert.Contains("masked head hides", Observe(new float[Toy.Features], [2], head: HeadPolicy.Masked));
    }

    [Fact]
    public void With_the_search_off_the_loss_still_stops_a_step_on_nan_and_nothing_has_moved()
    {
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = new BufferOptions { Payload = SamplePayload.Float } }) with { CheckInputs = false });
        Toy.Train(learner, Toy.Task(0, 40), 3);
        float[] before = learner.Values.ToArray();
        var x = new float[Toy.Features];
        x[3] = float.NaN;
        Assert.Contains("step 4: the loss is NaN", Assert.Throws<DivergenceException>(() => learner.Observe(new Batch(x, [0]))).Message);
        Assert.Equal(before, learner.Values.ToArray());
        Assert.Equal(3, learner.Steps);
        Assert.Equal(24 * Toy.Features, learner.Memory.Scalars);
    }

    [Fact]
    public void Values_that_a_byte_memory_cannot_hold_are_refused_before_the_step()
    {
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = new BufferOptions { Capacity = 20 } }));
        Toy.Train(learner, Toy.Task(0, 40), 3);
        float[] before = learner.Values.ToArray();
        var x = new float[2 * Toy.Features];
        x[Toy.Features + 3] = 1.5f;
        string message = Assert.Throws<ArgumentException>(() => learner.Observe(new Batch(x, [0, 1]))).Message;
        Assert.Contains("row 1, column 3", message);
        Assert.Contains("\"half\" or \"float\"", message);
        Assert.Equal(before, learner.Values.ToArray());
        Assert.Equal(3, learner.Steps);
    }

    [Fact]
    public void Task_calls_in_the_wrong_order_are_named()
    {
        using var learner = new Learner(Toy.Options(new FineTuneOptions()));
        Assert.Contains("no task is running", Assert.Throws<InvalidOperationException>(() => learner.EndTask()).Message);
        learner.BeginTask(new TaskInfo());
        Assert.Contains("call EndTask first", Assert.Throws<InvalidOperationException>(() => learner.BeginTask(new TaskInfo())).Message);
        learner.EndTask();
        Assert.Contains("class 9", Assert.Throws<ArgumentException>(() => learner.BeginTask(new TaskInfo { Classes = [9] })).Message);
    }

    [Fact]
    public void A_memory_that_wants_samples_says_so_and_can_be_asked_again()
    {
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = new SvdGeneratorOptions() }));
        Toy.Train(learner, Toy.Task(0, 40), 3);
        Assert.Contains("collectFromStream", Assert.Throws<InvalidOperationException>(() => learner.EndTask()).Message);
        learner.EndTask(Toy.Task(0, 40));
        Assert.Equal(4, ((SvdGeneratorReplay)learner.Replay!).Generators.Count);
    }

    [Fact]
    public void Prediction_and_evaluation_check_their_sizes()
    {
        using var learner = new Learner(Toy.Options(new FineTuneOptions()));
        Assert.Contains("[2, 4]", Assert.Throws<ArgumentException>(() => learner.Predict(new float[40], 2, new float[7])).Message);
        Assert.Contains("[2, 20]", Assert.Throws<ArgumentException>(() => learner.Predict(new float[41], 2, new float[8])).Message);
        Assert.Contains("class 4", Assert.Throws<ArgumentException>(() => learner.Evaluate(Toy.Task(0, 4), [4])).Message);
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => learner.Evaluate(Toy.Task(0, 0))).Message);
    }

    [Fact]
    public void Evaluation_counts_what_prediction_says()
    {
        using var learner = new Learner(Toy.Options(new FineTuneOptions()));
        Toy.Train(learner, Toy.Task(0, 80), 10);
        Data.ImageSet images = Toy.Task(0, 1300, seed: 3); // more than two blocks
        var x = new float[1300 * Toy.Features];
        var y = new int[1300];
        images.CopyTo([.. Enumerable.Range(0, 1300)], x, y);
        var all = new int[1300];
        var own = new int[1300];
        learner.Classify(x, 1300, all);
        learner.Classify(x, 1300, own, [1, 3]);
        Evaluation evaluation = learner.Evaluate(images, [1, 3]);
        Assert.Equal(all.Zip(y, (a, b) => a == b ? 1 : 0).Sum() / 1300.0, evaluation.ClassIncremental);
        Assert.Equal(own.Zip(y, (a, b) => a == b ? 1 : 0).Sum() / 1300.0, evaluation.TaskIncremental);
        Assert.All(own, c => Assert.True(c is 1 or 3));
        Assert.InRange(evaluation.ClassIncremental, 0.3, 1.0);
    }

    [Fact]
    public void All_problems_of_the_settings_are_listed_at_once()
    {
        var options = new AGemOptions { ReplayBatch = 0, Replay = new SvdGeneratorOptions { Rank = 0, FitSamples = -1 }, Constraint = new ModularAgemConstraintOptions { Modules = 0 } };
        string message = Assert.Throws<ArgumentException>(() => new Learner(Toy.Options(options, new SgdOptions { LearningRate = -1 }))).Message;
        foreach (string key in (string[])["optimizer.learningRate", "strategy.replayBatch", "strategy.replay.rank", "strategy.replay.fitSamples", "strategy.constraint.modules"])
            Assert.Contains(key, message);
    }
}
