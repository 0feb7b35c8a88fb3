using Engram.Autograd;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class ProxyTests
{
    private const double Temperature = 0.2;

    private static Mlp Model() => new(new MlpOptions
    {
        Input = new ImageShape(1, 4, 5), Hidden = [16], Outputs = Toy.Classes, CosineHead = new CosineHeadOptions { Temperature = Temperature },
    });

    private static Learner Create(StrategyOptions strategy, Model? model = null) => new(Toy.Options(strategy) with { Model = model ?? Model() });

    private static (float[] X, int[] Y) Rows(params int[] indices)
    {
        var x = new float[indices.Length * Toy.Features];
        var y = new int[indices.Length];
        Toy.Task(0, 80).CopyTo(indices, x, y);
        return (x, y);
    }

    [Fact]
    public void A_cosine_heads_logits_are_cosines_over_the_temperature_and_lengths_of_proxies_do_not_count()
    {
        using Learner learner = Create(new FineTuneOptions());
        (float[] x, _) = Rows(0, 1, 2, 3, 4);
        var logits = new float[5 * Toy.Classes];
        learner.Predict(x, 5, logits);
        Parameter hidden = learner.Model.Parameters["0.weight"], proxies = learner.Model.Parameters["2.weight"];
        float[] values = learner.Values.ToArray();
        for (int i = 0; i < 5; i++)
        {
            double[] z = [.. Enumerable.Range(0, 16).Select(h => Math.Max(0, Enumerable.Range(0, Toy.Features).Sum(k => (double)values[hidden.Offset + h * Toy.Features + k] * x[i * Toy.Features + k])))];
            for (int c = 0; c < Toy.Classes; c++)
            {
                double[] w = [.. Enumerable.Range(0, 16).Select(h => (double)values[proxies.Offset + c * 16 + h])];
                double cosine = z.Zip(w, (a, b) => a * b).Sum() / Math.Sqrt(z.Sum(a => a * a) * w.Sum(b => b * b));
                Assert.Equal(cosine / Temperature, logits[i * Toy.Classes + c], 1e-4);
            }
        }

        Span<float> second = learner.Values.AsSpan().Slice(proxies.Offset + 16, 16);
        for (int k = 0; k < 16; k++)
            second[k] *= 7f;
        var again = new float[logits.Length];
        learner.Predict(x, 5, again);
        for (int i = 0; i < logits.Length; i++)
            Assert.Equal(logits[i], again[i], 1e-5);
    }

    [Fact]
    public void The_proxy_loss_counts_a_class_as_often_as_the_batch_has_it_and_leaves_absent_proxies_alone()
    {
        using Learner learner = Create(new PcrOptions());
        (float[] x, int[] y) = Rows(0, 1, 4, 8, 5, 12); // classes 0, 1, 0, 0, 1, 0
        var logits = new float[y.Length * Toy.Classes];
        learner.Predict(x, y.Length, logits);
        double expected = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double sum = 0;
            foreach (int other in y)
                sum += Math.Exp(logits[i * Toy.Classes + other]);
            expected -= Math.Log(Math.Exp(logits[i * Toy.Classes + y[i]]) / sum) / y.Length;
        }

        Parameter proxies = learner.Model.Parameters["2.weight"];
        float[] before = proxies.Of(learner.Values).ToArray();
        StepReport report = learner.Observe(new Batch(x, y));
        Assert.Equal(expected, report.Loss, 1e-5);
        float[] after = proxies.Of(learner.Values).ToArray();
        Assert.NotEqual(before[..32], after[..32]);
        Assert.Equal(before[32..], after[32..]);

        // the order of the anchors does not count
        using Learner other2 = Create(new PcrOptions());
        (x, y) = Rows(12, 5, 8, 4, 1, 0);
        Assert.Equal(report.Loss, other2.Observe(new Batch(x, y)).Loss, 1e-5);
    }

    [Fact]
    public void Asymmetric_cross_entropy_leaves_the_outputs_of_absent_classes_alone_where_nothing_is_replayed()
    {
        using Learner learner = Create(new ErAceOptions(), Toy.Model());
        Parameter bias = learner.Model.Parameters["2.bias"];
        (float[] x, int[] y) = Rows(0, 1, 4, 5);
        learner.Observe(new Batch(x, y));
        float[] after = bias.Of(learner.Values).ToArray();
        Assert.Equal([0f, 0f], after[2..]);
        Assert.NotEqual(0f, after[0]);
        (x, y) = Rows(2, 3, 6, 7);
        Assert.Equal(4, learner.Observe(new Batch(x, y)).Replayed); // old classes 0 and 1 come back from the memory and see all four
        Assert.NotEqual(after[0], bias.Of(learner.Values).ToArray()[0]);
    }

    [Fact]
    public void Dark_replay_keeps_the_logits_that_a_sample_had_when_it_came_and_counts_their_bytes()
    {
        using Learner learner = Create(new DerOptions { Replay = new BufferOptions { Capacity = 20 } }, Toy.Model());
        (float[] x, int[] y) = Rows(0, 1, 2, 3, 4, 5, 6, 7);
        var logits = new float[8 * Toy.Classes];
        learner.Predict(x, 8, logits);
        learner.Observe(new Batch(x, y));
        var replay = (ReplayBuffer)learner.Replay!;
        for (int slot = 0; slot < 8; slot++)
        {
            for (int c = 0; c < Toy.Classes; c++)
                Assert.Equal(logits[slot * Toy.Classes + c], replay.Store.Companion(slot)[c], 1e-5);
        }

        Assert.Equal(8 * (Toy.Features + 4 * Toy.Classes), learner.Memory.PayloadBytes);
        Assert.Equal(16, learner.Observe(new Batch(x, y)).Replayed);
        Assert.Contains("when a sample passes", string.Join("; ", new DerOptions { Replay = new BufferOptions { Storage = BufferStorage.TaskEnd } }.Problems()));
    }

    [Fact]
    public void A_batch_of_one_class_moves_no_proxy_and_replays_in_the_order_drawn()
    {
        var replay = new BufferOptions { Capacity = 40 };
        using Learner balanced = Create(new BalancedRetrievalOptions { Conflicting = 2, Aligned = 2, Candidates = 12, Loss = ReplayLoss.ProxyContrastive, Replay = replay });
        (float[] x, int[] y) = Rows(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        balanced.Observe(new Batch(x, y));
        (x, y) = Rows(0, 4, 8);
        Assert.Equal(4, balanced.Observe(new Batch(x, y)).Replayed);
        var figures = new Dictionary<string, double>();
        balanced.Describe(figures);
        Assert.False(figures.ContainsKey("conflictingShare"));
        (x, y) = Rows(1, 4, 8);
        balanced.Observe(new Batch(x, y));
        balanced.Describe(figures);
        Assert.InRange(figures["conflictingShare"], 0, 1);
    }

    [Fact]
    public void A_second_view_doubles_the_rows_and_leaves_the_first_as_it_is()
    {
        var jitter = new AugmentationOptions { Brightness = 0.5 };
        LearnerOptions options = Toy.Options(new BalancedRetrievalOptions { SecondView = true, Conflicting = 2, Aligned = 2, Candidates = 12, Replay = new BufferOptions { Capacity = 30 } }) with { Augmentation = jitter };
        Assert.Contains("both views would be the same", string.Join("; ", (options with { Augmentation = null }).Problems()));
        using var learner = new Learner(options);
        using var twice = new Learner(options);
        using var single = new Learner(options with { Strategy = new BalancedRetrievalOptions { Conflicting = 2, Aligned = 2, Candidates = 12, Replay = new BufferOptions { Capacity = 30 } } });
        Toy.Train(learner, Toy.Task(0, 80), 20);
        Toy.Train(twice, Toy.Task(0, 80), 20);
        Toy.Train(single, Toy.Task(0, 80), 20);
        Assert.Equal(learner.Values.ToArray(), twice.Values.ToArray());
        Assert.NotEqual(learner.Values.ToArray(), single.Values.ToArray());
        Assert.Equal(4, Toy.Train(learner, Toy.Task(0, 80), 1).Replayed);

        // the loss of a first step: the mean over the plain rows and their changed views, the plain half known from the network
        (float[] x, int[] y) = Rows(0, 1, 2, 3, 4, 5, 6, 7);
        using var first = new Learner(options);
        using var plain = new Learner(options with { Augmentation = null, Strategy = new FineTuneOptions() });
        using var changed = new Learner(options with { Strategy = new FineTuneOptions() });
        float both = first.Observe(new Batch(x, y)).Loss, half = plain.Observe(new Batch(x, y)).Loss, other = changed.Observe(new Batch(x, y)).Loss;
        Assert.InRange((2 * both) - half, 0.5f * other, 2f * other); // other draws of the same jitter
        Assert.NotEqual(half, both);
    }

    [Fact]
    public void Strategies_tell_who_was_retrieved()
    {
        using var learner = new Learner(Toy.Options(new BalancedRetrievalOptions { Conflicting = 2, Aligned = 2, Candidates = 12, Replay = new BufferOptions { Capacity = 30 } }));
        Toy.Train(learner, Toy.Task(0, 80), 10);
        learner.EndTask();
        Toy.Train(learner, Toy.Task(1, 80), 10);
        var figures = new Dictionary<string, double>();
        learner.Describe(figures);
        Assert.InRange(figures["conflictingShare"], 0.01, 0.99);
        Assert.InRange(figures["retrievedPastShare"], 0.01, 0.99);
        Assert.Equal(figures["retrievedPastShare"], figures["retrievedAge"], 1e-12); // two tasks: a past row is one task old
    }
    [Fact]
    public void Drift_is_nothing_at_introduction_knows_no_lengths_and_forgives_a_turn_of_the_whole_set()
    {
        Device cpu = Device.Host;
        using Tensor proxies = Tensor.Uninitialized(cpu, 4, 6);
        cpu.FillNormal(RandomStream.For(2, "proxies", 0), proxies.View, 0, 1);
        var drift = new ProxyDrift();
        Assert.Equal(double.NaN, drift.Aligned(proxies));
        drift.Introduce([0, 2, 3], proxies);
        Assert.Equal([0, 2, 3], drift.Classes);
        using Tensor longer = proxies * 3f, opposite = -proxies;
        foreach (int c in drift.Classes)
        {
            Assert.Equal(0, drift.Cosine(c, longer), 1e-6);
            Assert.Equal(2, drift.Cosine(c, opposite), 1e-6);
            Assert.Equal(2, drift.Distance(c, opposite), 1e-6);
        }

        Assert.Equal(0, drift.Aligned(opposite), 2e-3);
        using Tensor turned = Tensor.Zeros(cpu, 4, 6); // features one place on: every proxy moves, the set keeps its form
        for (int k = 0; k < 6; k++)
            proxies.Slice(1, k, 1).CopyTo(turned.Slice(1, (k + 1) % 6, 1));
        Assert.True(drift.Cosine(0, turned) > 0.1);
        Assert.Equal(0, drift.Aligned(turned), 2e-3);
        using Tensor other = Tensor.Uninitialized(cpu, 4, 6);
        cpu.FillNormal(RandomStream.For(3, "proxies", 0), other.View, 0, 1);
        double meanSquare = drift.Classes.Average(c => Math.Pow(drift.Distance(c, other), 2));
        Assert.InRange(drift.Aligned(other), 0.01, Math.Sqrt(meanSquare));
        drift.Introduce([0, 1], other); // 0 keeps its first place
        Assert.True(drift.Cosine(0, other) > 0 && drift.Cosine(1, other) < 1e-6);
        Assert.Throws<KeyNotFoundException>(() => new ProxyDrift().Cosine(0, proxies));
    }
}
