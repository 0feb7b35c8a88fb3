using Engram.Autograd;
using Engram.Data;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class CombinationTests
{
    private const double Alpha = 0.3, Lambda = 0.7, Temperature = 2.5;

    private static (float[] X, int[] Y) Rows(int first, int count, int firstClass)
    {
        var x = new float[count * Toy.Features];
        var y = new int[count];
        Toy.Task(0, 80, classes: 2, firstClass: firstClass).CopyTo([.. Enumerable.Range(first, count)], x, y);
        return (x, y);
    }

    // logits of a linear network in double precision
    private static double[] Logits(double[] values, float[] x, int row)
    {
        var logits = new double[Toy.Classes];
        for (int c = 0; c < Toy.Classes; c++)
        {
            logits[c] = values[(Toy.Classes * Toy.Features) + c];
            for (int k = 0; k < Toy.Features; k++)
                logits[c] += values[(c * Toy.Features) + k] * x[(row * Toy.Features) + k];
        }

        return logits;
    }

    private static double[] LogSoftmax(double[] logits)
    {
        double most = logits.Max(), sum = Math.Log(logits.Sum(v => Math.Exp(v - most)));
        return [.. logits.Select(v => v - most - sum)];
    }

    [Theory]
    [InlineData(Alpha, 0)]
    [InlineData(0, Lambda)]
    [InlineData(Alpha, Lambda)]
    public void The_gradient_is_that_of_the_joint_loss_and_both_distances(double alpha, double lambda)
    {
        var model = new Mlp(new MlpOptions { Input = new ImageShape(1, 4, 5), Hidden = [], Outputs = Toy.Classes });
        var strategy = new BalancedRetrievalOptions
        {
            Conflicting = 2, Aligned = 2, Distillation = new() { Logits = alpha, Lwf = lambda, Temperature = Temperature }, Replay = new BufferOptions { Capacity = 30, Payload = SamplePayload.Float },
        };
        using var learner = new Learner(Toy.Options(strategy) with { Model = model });
        (float[] old, int[] oldLabels) = Rows(0, 4, 0);
        double[] start = Array.ConvertAll(learner.Values.ToArray(), v => (double)v);
        learner.Observe(new Batch(old, oldLabels));
        learner.EndTask();
        double[] teacher = Array.ConvertAll(learner.Values.ToArray(), v => (double)v); // also where the next step starts
        (float[] x, int[] y) = Rows(7, 4, 2);
        Assert.Equal(4, learner.Observe(new Batch(x, y)).Replayed); // the whole memory: four rows
        float[] gradient = learner.Gradient.ToArray();

        double Objective(double[] values)
        {
            double loss = 0;
            for (int i = 0; i < 4; i++)
            {
                double[] incoming = Logits(values, x, i), past = Logits(values, old, i), kept = Logits(start, old, i);
                loss -= (LogSoftmax(incoming)[y[i]] + LogSoftmax(past)[oldLabels[i]]) / 8;
                loss += alpha * past.Zip(kept, (a, b) => (a - b) * (a - b)).Sum() / (4 * Toy.Classes);
                // among the two classes that the teacher has seen
                double[] soft = LogSoftmax([.. Logits(teacher, x, i)[..2].Select(v => v / Temperature)]), own = LogSoftmax([.. incoming[..2].Select(v => v / Temperature)]);
                loss -= lambda * Temperature * Temperature * soft.Zip(own, (p, q) => Math.Exp(p) * q).Sum() / 4;
            }

            return loss;
        }

        double scale = gradient.Max(Math.Abs);
        for (int k = 0; k < gradient.Length; k++)
        {
            double[] above = [.. teacher], below = [.. teacher];
            above[k] += 1e-5;
            below[k] -= 1e-5;
            Assert.Equal((Objective(above) - Objective(below)) / 2e-5, gradient[k], 2e-4 * scale);
        }
    }

    [Fact]
    public void Rows_chosen_by_score_are_held_to_their_own_logits()
    {
        // without learning all logits stay what they were: every kept row's distance is zero and distillation adds nothing
        BalancedRetrievalOptions plain = new() { Conflicting = 2, Aligned = 2, Candidates = 12, Replay = new BufferOptions { Capacity = 40, Payload = SamplePayload.Float } };
        var still = new SgdOptions { LearningRate = 1e-30f };
        using var without = new Learner(Toy.Options(plain, still));
        using var with = new Learner(Toy.Options(plain with { Distillation = new() { Logits = 1000 } }, still));
        Toy.Train(without, Toy.Task(0, 80), 12);
        Toy.Train(with, Toy.Task(0, 80), 12);
        float[] a = without.Gradient.ToArray(), b = with.Gradient.ToArray();
        for (int i = 0; i < a.Length; i++)
            Assert.Equal(a[i], b[i], 1e-3f);
        Assert.Contains(a, v => Math.Abs(v) > 0.01f);
        Assert.True(with.Memory.PayloadBytes > without.Memory.PayloadBytes); // logits are counted
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("adam")]
    public void What_a_task_has_kept_never_moves_again_and_its_own_network_answers_the_same_for_ever(string optimizer)
    {
        OptimizerOptions options = optimizer == "adam" ? new AdamOptions { WeightDecay = 0.01 } : new SgdOptions { LearningRate = 0.05f, Momentum = 0.9f, WeightDecay = 1e-2f };
        var strategy = new BalancedRetrievalOptions { Conflicting = 2, Aligned = 2, Candidates = 12, Expansion = new() { Keep = 0.25, Tasks = 2, RetrainSteps = 20 }, Replay = new BufferOptions { Capacity = 40 } };
        using var learner = new Learner(Toy.Options(strategy, options) with { Head = HeadPolicy.Masked });
        ImageSet first = Toy.Task(0, 80, classes: 2), second = Toy.Task(0, 80, classes: 2, firstClass: 2), test = Toy.Task(0, 60, seed: 3, classes: 2);
        learner.BeginTask(new TaskInfo { Classes = [0, 1] });
        Toy.Train(learner, first, 30);
        learner.EndTask(first);
        Parameter weight = learner.Model.Parameters["0.weight"], bias = learner.Model.Parameters["0.bias"], head = learner.Model.Parameters["2.weight"];
        float[] kept = weight.Of(learner.Values).ToArray(), biases = bias.Of(learner.Values).ToArray(), rows = head.Of(learner.Values).ToArray();
        Assert.Equal(80, kept.Count(v => v != 0)); // a quarter of 320; the others were set to 0 and did not move while the kept ones were retrained
        var classes = new int[60];
        float[] x = new float[60 * Toy.Features];
        test.CopyTo([.. Enumerable.Range(0, 60)], x);
        learner.Classify(x, 60, classes, [0, 1], task: 0);
        double accuracy = learner.Evaluate(test, [0, 1], 0).TaskIncremental;
        Assert.True(accuracy > 0.9);

        learner.BeginTask(new TaskInfo { Classes = [2, 3] });
        Toy.Train(learner, second, 30);
        learner.EndTask(second);
        float[] then = weight.Of(learner.Values).ToArray();
        for (int i = 0; i < kept.Length; i++)
            Assert.True(kept[i] == 0 || kept[i] == then[i]);
        Assert.Equal(80 + 60, then.Count(v => v != 0)); // and a quarter of the 240 that were free
        Assert.Equal(biases, bias.Of(learner.Values).ToArray());
        Assert.Equal(rows[..32], head.Of(learner.Values).ToArray()[..32]);
        var figures = new Dictionary<string, double>();
        learner.Describe(figures);
        Assert.Equal(140.0 / 320, figures["packedShare"], 1e-12);

        // a third task keeps nothing: what is left goes on moving, and the first two are as they were
        learner.BeginTask(new TaskInfo { Classes = [0, 1] });
        Toy.Train(learner, first, 30);
        learner.EndTask(first);
        float[] last = weight.Of(learner.Values).ToArray();
        for (int i = 0; i < kept.Length; i++)
            Assert.True(then[i] == 0 || then[i] == last[i]);
        Assert.Contains(Enumerable.Range(0, 320), i => then[i] == 0 && last[i] != 0);
        var again = new int[60];
        learner.Classify(x, 60, again, [0, 1], task: 0);
        Assert.Equal(classes, again);
        Assert.Equal(accuracy, learner.Evaluate(test, [0, 1], 0).TaskIncremental);
    }

    [Fact]
    public void Tested_as_a_whole_the_head_goes_on_learning_and_kept_weights_do_not()
    {
        var strategy = new ErOptions { Expansion = new() { Test = PackNetTest.Whole, RetrainSteps = 10 }, Replay = new BufferOptions { Capacity = 40 } };
        using var learner = new Learner(Toy.Options(strategy));
        ImageSet first = Toy.Task(0, 80, classes: 2), second = Toy.Task(0, 80, classes: 2, firstClass: 2);
        Toy.Train(learner, first, 40);
        learner.EndTask(first);
        Parameter weight = learner.Model.Parameters["0.weight"], head = learner.Model.Parameters["2.weight"];
        float[] kept = weight.Of(learner.Values).ToArray(), rows = head.Of(learner.Values).ToArray();
        Toy.Train(learner, second, 60);
        float[] then = weight.Of(learner.Values).ToArray();
        Assert.All(Enumerable.Range(0, 320), i => Assert.True(kept[i] == 0 || kept[i] == then[i]));
        Assert.All(Enumerable.Range(0, 4), c => Assert.NotEqual(rows[(16 * c)..(16 * (c + 1))], head.Of(learner.Values).ToArray()[(16 * c)..(16 * (c + 1))]));
        Assert.True(learner.Evaluate(Toy.Task(0, 60, seed: 3, classes: 2), [0, 1], 0).ClassIncremental > 0.8);
        Assert.True(learner.Evaluate(Toy.Task(0, 60, seed: 3, classes: 2, firstClass: 2), [2, 3], 1).ClassIncremental > 0.8);
    }

    [Fact]
    public void Settings_that_do_not_fit_are_named_and_retraining_asks_for_samples()
    {
        static string Of(StrategyOptions options) => string.Join("; ", options.Problems());
        Assert.Contains("both 0", Of(new PcrOptions { Distillation = new() }));
        Assert.Contains("about logits", Of(new BalancedRetrievalOptions { Loss = ReplayLoss.SupervisedContrastive, Distillation = new() { Lwf = 1 } }));
        Assert.Contains("when a sample passes", Of(new PcrOptions { Distillation = new() { Logits = 1 }, Replay = new SvdGeneratorOptions() }));
        Assert.Contains("keep must be", Of(new ErOptions { Expansion = new() { Keep = 1 } }));
        Assert.Contains("does not go with", Of(new SeparateOptions { Expansion = new() }));
        Assert.Contains("tests by the head", Of(new PcrOptions { Loss = ReplayLoss.SupervisedContrastive, Expansion = new() }));
        Assert.Contains("not \"multi-head\"", string.Join("; ", (Toy.Options(new PcrOptions { Loss = ReplayLoss.CrossEntropy, Distillation = new() { Lwf = 1 } }) with { Head = HeadPolicy.MultiHead, OutputsPerTask = 2 }).Problems()));
        using var learner = new Learner(Toy.Options(new ErOptions { Expansion = new() }));
        Toy.Train(learner, Toy.Task(0, 80), 3);
        Assert.Contains("retrainSteps", Assert.Throws<InvalidOperationException>(() => learner.EndTask()).Message);
    }
}
