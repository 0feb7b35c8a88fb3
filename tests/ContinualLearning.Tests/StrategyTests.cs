using Engram.Autograd;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public class StrategyTests
{
    // mean cross-entropy and its gradient, straight on a tape
    private static (float Loss, float[] Gradient) Reference(Model model, in Tensor values, float[] x, int[] y)
    {
        using var tape = new Tape(Device.Host);
        Tensor gradient = Tensor.Zeros(Device.Host, values.Count);
        tape.Begin(model.Parameters, values, gradient);
        using DeviceBuffer<int> labels = Device.Host.Allocate<int>(y.Length);
        Device.Host.Upload<int>(y, labels, 0);
        Variable loss = SoftmaxCrossEntropy.Apply(model.Forward(tape.Constant(Tensor.From(Device.Host, x, y.Length, model.Inputs))), IndexView.All(labels));
        tape.Backward(loss);
        return (loss.Value.ToScalar(), gradient.ToArray());
    }

    private static (float[] X, int[] Y) Rows(ImageSet images, int start, int count)
    {
        var x = new float[count * Toy.Features];
        var y = new int[count];
        images.CopyTo([.. Enumerable.Range(start, count)], x, y);
        return (x, y);
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, (p, q) => (double)p * q).Sum();

    [Theory]
    [MemberData(nameof(Toy.StrategyNames), MemberType = typeof(Toy))]
    public void T16_with_plain_sgd_the_parameters_move_by_exactly_the_learning_rate_times_the_gradient(string name)
    {
        using var learner = new Learner(Toy.Options(Toy.Strategy(name)));
        for (int task = 0; task < 2; task++)
        {
            ImageSet images = Toy.Task(task, 80);
            Toy.Train(learner, images, 5);
            float[] before = learner.Values.ToArray();
            Toy.Train(learner, images, 1, start: 5);
            float[] after = learner.Values.ToArray(), gradient = learner.Gradient.ToArray();
            Assert.Contains(gradient, g => g != 0);
            for (int i = 0; i < before.Length; i++)
                Assert.Equal(MathF.FusedMultiplyAdd(-0.1f, gradient[i], before[i]), after[i], 1e-7f * Math.Max(1e-3f, MathF.Abs(after[i])));
            learner.EndTask(images);
        }
    }

    [Fact]
    public void Fine_tuning_steps_along_the_gradient_of_the_batch()
    {
        using var learner = new Learner(Toy.Options(new FineTuneOptions()));
        (float[] x, int[] y) = Rows(Toy.Task(0, 80), 0, 8);
        (float loss, float[] gradient) = Reference(learner.Model, learner.Values, x, y);
        StepReport report = learner.Observe(new Batch(x, y));
        Assert.Equal(gradient, learner.Gradient.ToArray());
        Assert.Equal(loss, report.Loss);
        Assert.Equal(new StepReport(1, loss, 8, 0, false), report);
    }

    [Fact]
    public void Experience_replay_takes_one_mean_over_current_and_replayed_rows_together()
    {
        using var learner = new Learner(Toy.Options(new ErOptions { ReplayBatch = 12, Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 } }));
        ImageSet first = Toy.Task(0, 80);
        Toy.Train(learner, first, 10);
        learner.EndTask(first);
        SampleStore store = ((ReplayBuffer)learner.Replay!).Store;
        Assert.Equal(12, store.Count);
        (float[] x, int[] y) = Rows(Toy.Task(1, 80), 0, 8);
        float[] all = [.. x, .. new float[12 * Toy.Features]];
        for (int slot = 0; slot < 12; slot++)
            store.Read(slot, all.AsSpan((8 + slot) * Toy.Features, Toy.Features));
        (float loss, float[] gradient) = Reference(learner.Model, learner.Values, all, [.. y, .. store.Labels.ToArray()]);
        StepReport report = learner.Observe(new Batch(x, y));
        Assert.Equal((8, 12), (report.Samples, report.Replayed));
        Assert.Equal(loss, report.Loss, 1e-5f);
        float[] stepped = learner.Gradient.ToArray();
        double scale = gradient.Max(MathF.Abs);
        for (int i = 0; i < gradient.Length; i++)
            Assert.Equal(gradient[i], stepped[i], 1e-5 * scale); // the memory's rows come in another order
    }

    [Fact]
    public void A_reservoir_is_replayed_from_the_second_step_on_and_after_the_step_written_to()
    {
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = new BufferOptions { Capacity = 30 } }));
        ImageSet images = Toy.Task(0, 80);
        Assert.Equal(0, Toy.Train(learner, images, 1).Replayed);
        Assert.Equal(8, learner.Memory.Scalars / Toy.Features);
        Assert.Equal(8, Toy.Train(learner, images, 1, start: 1).Replayed);
        Toy.Train(learner, images, 10, start: 2);
        Assert.Equal(30, learner.Memory.Scalars / Toy.Features);
    }

    [Fact]
    public void A_memory_filled_at_task_ends_replays_nothing_in_the_first_task()
    {
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = new SvdGeneratorOptions { Rank = 2 } }));
        Assert.Equal(0, Toy.Train(learner, Toy.Task(0, 80), 3).Replayed);
        learner.EndTask(Toy.Task(0, 80));
        Assert.Equal(8, Toy.Train(learner, Toy.Task(1, 80), 1).Replayed);
    }

    [Theory]
    [InlineData(BufferStorage.Ring)]
    [InlineData(BufferStorage.Reservoir)]
    public void A_gem_refers_to_finished_tasks_only(BufferStorage storage)
    {
        using var learner = new Learner(Toy.Options(new AGemOptions { ReplayBatch = 1000, Replay = new BufferOptions { Storage = storage, PerClass = 5, Capacity = 40 } }));
        ImageSet first = Toy.Task(0, 80), second = Toy.Task(1, 80);
        Assert.Equal(0, Toy.Train(learner, first, 8).Replayed); // the first task is an ordinary step
        learner.EndTask();
        var buffer = (ReplayBuffer)learner.Replay!;
        for (int step = 0; step < 8; step++)
        {
            int finished = buffer.Store.Tasks.Count(0);
            Assert.Equal(finished, Toy.Train(learner, second, 1, start: step).Replayed);
        }

        Assert.True(buffer.Store.Tasks.Count(1) > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_gem_projects_over_the_whole_vector_or_over_slices_and_only_on_conflict(int modules)
    {
        ConstraintOptions constraint = modules == 1 ? new AgemConstraintOptions() : new ModularAgemConstraintOptions { Modules = modules };
        using var learner = new Learner(Toy.Options(new AGemOptions
        {
            ReplayBatch = 12,
            Constraint = constraint,
            Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 },
        }));
        ImageSet first = Toy.Task(0, 80), second = Toy.Task(1, 80);
        Toy.Train(learner, first, 60);
        learner.EndTask(first);
        SampleStore store = ((ReplayBuffer)learner.Replay!).Store;
        var memory = new float[12 * Toy.Features];
        for (int slot = 0; slot < 12; slot++)
            store.Read(slot, memory.AsSpan(slot * Toy.Features, Toy.Features));
        int projected = 0, untouched = 0;
        for (int step = 0; step < 60; step++)
        {
            (float[] x, int[] y) = Rows(second, step * 8 % 80, 8);
            if (step % 3 == 0)
                (x, y) = Rows(first, step * 8 % 80, 8); // batches that agree with the memory
            float[] g = Reference(learner.Model, learner.Values, x, y).Gradient;
            float[] r = Reference(learner.Model, learner.Values, memory, store.Labels.ToArray()).Gradient;
            StepReport report = learner.Observe(new Batch(x, y));
            float[] z = learner.Gradient.ToArray();
            bool conflict = false;
            for (int m = 0; m < modules; m++)
            {
                Range slice = (int)((long)m * g.Length / modules)..(int)((m + 1L) * g.Length / modules);
                (float[] gm, float[] rm, float[] zm) = (g[slice], r[slice], z[slice]);
                double dot = Dot(gm, rm), coefficient = dot < 0 ? dot / Dot(rm, rm) : 0;
                if (Math.Abs(dot) < 1e-4 * Math.Sqrt(Dot(gm, gm) * Dot(rm, rm)))
                    continue; // the reference was summed in another order: too close to call
                conflict |= dot < 0;
                if (dot >= 0)
                    Assert.Equal(gm, zm);
                double scale = Math.Sqrt(Dot(gm, gm));
                for (int i = 0; i < gm.Length; i++)
                    Assert.Equal(gm[i] - coefficient * rm[i], zm[i], 1e-4 * scale);
            }

            Assert.True(report.Projected || !conflict);
            projected += report.Projected ? 1 : 0;
            untouched += report.Projected ? 0 : 1;
        }

        Assert.True(projected > 5 && untouched > 5, $"{projected} projected, {untouched} not");
    }

    [Fact]
    public void T1_T14_without_conflict_the_step_is_fine_tunings_whatever_the_memory_holds()
    {
        StrategyOptions agem = new AGemOptions { Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 } };
        using var learner = new Learner(Toy.Options(agem));
        ImageSet first = Toy.Task(0, 80);
        Toy.Train(learner, first, 5);
        learner.EndTask(first);
        int compared = 0;
        for (int step = 5; step < 20; step++)
        {
            (float[] x, int[] y) = Rows(first, step * 8 % 80, 8);
            float[] g = Reference(learner.Model, learner.Values, x, y).Gradient;
            if (learner.Observe(new Batch(x, y)).Projected)
                continue;
            Assert.Equal(g, learner.Gradient.ToArray());
            compared++;
        }

        Assert.True(compared > 5);
    }

    [Fact]
    public void Replay_keeps_classes_that_fine_tuning_forgets()
    {
        Evaluation[] Run(StrategyOptions strategy)
        {
            using var learner = new Learner(Toy.Options(strategy));
            for (int task = 0; task < 2; task++)
            {
                learner.BeginTask(new TaskInfo { Classes = [2 * task, 2 * task + 1] });
                ImageSet images = Toy.Task(0, 200, classes: 2, firstClass: 2 * task);
                Toy.Train(learner, images, 100);
                learner.EndTask(images);
            }

            return [.. Enumerable.Range(0, 2).Select(task => learner.Evaluate(Toy.Task(0, 100, seed: 2, classes: 2, firstClass: 2 * task), [2 * task, 2 * task + 1]))];
        }

        Evaluation[] fine = Run(new FineTuneOptions());
        Assert.True(fine[0].ClassIncremental < 0.3 && fine[1].ClassIncremental > 0.9, $"{fine[0]} {fine[1]}");
        Assert.True(fine[0].TaskIncremental > fine[0].ClassIncremental);
        foreach (ReplaySourceOptions memory in new ReplaySourceOptions[] { new BufferOptions { Capacity = 40 }, new SvdGeneratorOptions { Rank = 3 } })
        {
            Evaluation[] er = Run(new ErOptions { Replay = memory });
            Assert.True(er[0].ClassIncremental > 0.9 && er[1].ClassIncremental > 0.9, $"{memory}: {er[0]} {er[1]}");
        }
    }

    [Fact]
    public void Losses_fall()
    {
        foreach ((string name, StrategyOptions strategy) in Toy.Strategies())
        {
            using var learner = new Learner(Toy.Options(strategy));
            ImageSet images = Toy.Task(0, 200);
            double first = Excess(learner, images, 0, strategy), last = 0;
            for (int step = 1; step <= 150; step++)
            {
                double excess = Excess(learner, images, step, strategy);
                last += step > 100 ? excess / 50 : 0;
            }

            Assert.True(last < 0.3 * first, $"{name}: {first} → {last}");
        }

        static double Excess(Learner learner, ImageSet images, int step, StrategyOptions strategy)
        {
            const int Batch = 8;
            StepReport report = Toy.Train(learner, images, 1, Batch, step);
            return report.Loss - (strategy is RetrievalOptions retrieval ? Least(retrieval.Loss, images, step * Batch, Batch, report.Replayed) : 0);
        }
    }

    // the least that a loss can be where it is not 0: log n_y per row with the proxies, and log(n_y − 1) per row that has a partner where rows are compared with each
    // other; the mean over labels that the replayed rows may have
    private static double Least(ReplayLoss loss, ImageSet images, int start, int count, int replayed)
    {
        if (loss == ReplayLoss.CrossEntropy)
            return 0;
        int[] batch = [.. Enumerable.Range(start, count).Select(i => images.Label(i % images.Count))];
        Random random = new(start);
        return Enumerable.Range(0, 64).Average(_ =>
        {
            int[] labels = [.. batch, .. Enumerable.Range(0, replayed).Select(_ => random.Next(Toy.Classes))];
            int[] rows = [.. labels.Select(label => labels.Count(other => other == label))];
            return loss == ReplayLoss.ProxyContrastive ? rows.Average(n => Math.Log(n)) : rows.Where(n => n > 1).Average(n => Math.Log(n - 1));
        });
    }

    [Fact]
    public void A_masked_head_leaves_the_outputs_of_other_tasks_untouched()
    {
        LearnerOptions options = Toy.Options(new ErOptions { Replay = new BufferOptions { Capacity = 40 } }) with { Head = HeadPolicy.Masked };
        using var learner = new Learner(options);
        Parameter weight = learner.Model.Parameters["2.weight"], bias = learner.Model.Parameters["2.bias"];
        for (int task = 0; task < 2; task++)
        {
            learner.BeginTask(new TaskInfo { Classes = [2 * task, 2 * task + 1] });
            ImageSet images = Toy.Task(0, 80, classes: 2, firstClass: 2 * task);
            Toy.Train(learner, images, 6);
            float[] rows = weight.Of(learner.Gradient).ToArray(), biases = bias.Of(learner.Gradient).ToArray();
            for (int c = 0; c < 4; c++)
            {
                // in task 1 the replayed rows of task 0 reach outputs 0 and 1 through their own mask
                bool reached = c / 2 <= task;
                Assert.Equal(reached, rows.AsSpan(c * 16, 16).ContainsAnyExcept(0f));
                Assert.Equal(reached, biases[c] != 0);
            }

            learner.EndTask(images);
        }
    }

    [Fact]
    public void A_masked_loss_is_the_cross_entropy_among_the_tasks_outputs()
    {
        LearnerOptions options = Toy.Options(new FineTuneOptions()) with { Head = HeadPolicy.Masked };
        using var learner = new Learner(options);
        (float[] x, int[] y) = Rows(Toy.Task(0, 8, classes: 2, firstClass: 1), 0, 8);
        var logits = new float[8 * 4];
        learner.Predict(x, 8, logits);
        double expected = 0;
        for (int i = 0; i < 8; i++)
            expected += Math.Log(Math.Exp(logits[i * 4 + 1]) + Math.Exp(logits[i * 4 + 2])) - logits[i * 4 + y[i]];
        Assert.Equal(expected / 8, learner.Observe(new Batch(x, y, allowedClasses: [1, 2])).Loss, 1e-5);
        Assert.Equal([1, 2], learner.Tasks[0].Classes);
    }

    [Fact]
    public void Counters_of_the_constraint_tell_how_often_it_acted()
    {
        var constraint = new AgemProjection();
        Tensor g = Tensor.From(Device.Host, [1f, 0f], 2), r = Tensor.From(Device.Host, [-1f, 1f], 2), zero = Tensor.Zeros(Device.Host, 2);
        Assert.True(constraint.Apply(g, r));
        Assert.Equal([0.5f, 0.5f], g.ToArray());
        Assert.False(constraint.Apply(g, r));
        Assert.False(constraint.Apply(g, zero));
        Assert.Equal((3, 1), (constraint.Checks, constraint.Projections));
        Tensor bad = Tensor.From(Device.Host, [float.NaN, 0f], 2);
        Assert.Contains("learningRate", Assert.Throws<DivergenceException>(() => constraint.Apply(bad, r)).Message);
    }
}
