using Engram.Autograd;
using Engram.Data;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

/// <summary>GEM and its family: what a step does, against gradients taken straight from a tape and projections found by brute force.</summary>
public class GemTests
{
    private static readonly BufferOptions Memory = new() { Storage = BufferStorage.TaskRing, PerTask = 12, Payload = SamplePayload.Float };

    private static (double Loss, double[] Gradient) Differentiate(Model model, float[] values, float[] x, int[] y)
    {
        using var tape = new Tape(Device.Host);
        Tensor gradient = Tensor.Zeros(Device.Host, values.Length);
        tape.Begin(model.Parameters, Tensor.From(Device.Host, values, values.Length), gradient);
        using DeviceBuffer<int> labels = Device.Host.Allocate<int>(y.Length);
        Device.Host.Upload<int>(y, labels, 0);
        Variable loss = SoftmaxCrossEntropy.Apply(model.Forward(tape.Constant(Tensor.From(Device.Host, x, y.Length, model.Inputs))), IndexView.All(labels));
        tape.Backward(loss);
        return (loss.Value.ToScalar(), [.. gradient.ToArray().Select(v => (double)v)]);
    }

    private static (float[] X, int[] Y) Rows(ImageSet images, int start, int count)
    {
        var x = new float[count * Toy.Features];
        var y = new int[count];
        images.CopyTo([.. Enumerable.Range(start, count).Select(i => i % images.Count)], x, y);
        return (x, y);
    }

    private static (float[] X, int[] Y) MemoryOf(Learner learner, int task, int[]? rows = null)
    {
        SampleStore store = ((ReplayBuffer)learner.Replay!).Store;
        int[] slots = [.. Enumerable.Range(0, store.Count).Where(slot => store.Tasks[slot] == task)];
        if (rows is not null)
            slots = [.. rows.Select(row => slots[row])];
        var x = new float[slots.Length * Toy.Features];
        for (int i = 0; i < slots.Length; i++)
            store.Read(slots[i], x.AsSpan(i * Toy.Features, Toy.Features));
        return (x, [.. slots.Select(slot => store.Labels[slot])]);
    }

    // a batch that agrees with the past
    private static (float[] X, int[] Y) Memories(Learner learner, int tasks)
    {
        (float[] X, int[] Y)[] all = [.. Enumerable.Range(0, tasks).Select(task => MemoryOf(learner, task))];
        return ([.. all.SelectMany(memory => memory.X)], [.. all.SelectMany(memory => memory.Y)]);
    }

    // a learner that has finished some tasks of which the next one takes something back
    private static Learner Trained(StrategyOptions strategy, int tasks, int steps = 40)
    {
        var learner = new Learner(Toy.Options(strategy));
        for (int task = 0; task < tasks; task++)
        {
            Toy.Train(learner, Toy.Task(task, 80), steps);
            learner.EndTask(Toy.Task(task, 80));
        }

        return learner;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();

    private static double Norm(double[] a) => Math.Sqrt(Dot(a, a));

    private static double[] Sum(double[] a, double[] b, double factor) => [.. a.Zip(b, (p, q) => p + factor * q)];

    // steps in task 3, each compared with g + γ·Σ ĝ projected by brute force; how many were projected
    private static int CompareWithBruteForce(StrategyOptions strategy, double strength, Func<Learner, double[][]> references, Func<double[], double[][], double[]>? project = null)
    {
        using Learner learner = Trained(strategy, 3);
        int projected = 0, untouched = 0;
        for (int step = 0; step < 30; step++)
        {
            (float[] x, int[] y) = step % 3 == 0 ? Memories(learner, 3) : Rows(Toy.Task(3, 80), step * 8, 8);
            double[] g = Differentiate(learner.Model, learner.Values.ToArray(), x, y).Gradient;
            double[][] rows = references(learner);
            StepReport report = learner.Observe(new Batch(x, y));
            double[] z = [.. learner.Gradient.ToArray().Select(v => (double)v)];
            // too close to call: the tape of the test sums in another order
            if (rows.Any(row => Math.Abs(Dot(row, g)) < 1e-4 * Norm(row) * Norm(g)))
                continue;
            bool violated = rows.Any(row => Dot(row, g) < 0);
            Assert.Equal(violated, report.Projected);
            if (violated)
            {
                double[] augmented = rows.Aggregate(g, (sum, row) => Sum(sum, row, strength));
                double[] expected = (project ?? ((h, r) => ReferenceDual.Project(h, r)!))(augmented, rows);
                Assert.True(Norm(Sum(z, expected, -1)) < 2e-4 * Norm(augmented), $"step {step}: {Norm(Sum(z, expected, -1)) / Norm(augmented)}");
                projected++;
            }
            else
            {
                Assert.Equal(g.Select(v => (float)v), learner.Gradient.ToArray()); // T1: bit for bit
                untouched++;
            }
        }

        Assert.True(untouched > 0);
        return projected;
    }

    private static double[][] PastTasks(Learner learner) =>
        [.. Enumerable.Range(0, 3).Select(task => MemoryOf(learner, task) is var (x, y) ? Differentiate(learner.Model, learner.Values.ToArray(), x, y).Gradient : [])];

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void A_step_goes_along_the_nearest_vector_that_agrees_with_every_task_and_along_g_itself_without_conflict(double strength)
    {
        int projected = CompareWithBruteForce(new GemOptions { Replay = Memory, Strength = strength }, strength, PastTasks);
        Assert.True(projected > 3, $"{projected}");
    }

    [Theory]
    [InlineData(DualMethod.CoordinateDescent)]
    [InlineData(DualMethod.ActiveSet)]
    public void Strength_added_to_the_dual_is_the_projection_with_the_references_added(DualMethod solver)
    {
        GemOptions options = new() { Replay = Memory, Strength = 0.3, Form = StrengthForm.AddToDual, Solver = solver };
        CompareWithBruteForce(options, 0, PastTasks, (g, rows) => rows.Aggregate(ReferenceDual.Project(g, rows)!, (sum, row) => Sum(sum, row, 0.3)));
    }

    [Theory]
    [InlineData(DataPartition.Interleaved)]
    [InlineData(DataPartition.ByTime)]
    [InlineData(DataPartition.ByClass)]
    [InlineData(DataPartition.Random)]
    public void Groups_of_a_memory_have_a_constraint_each(DataPartition partition)
    {
        // two past tasks of two groups: four constraints
        int[][] Groups(Learner learner, int task)
        {
            int[] labels = MemoryOf(learner, task).Y, order = [.. Enumerable.Range(0, 12)];
            if (partition == DataPartition.Random)
                new RandomCursor(RandomStream.For(5, "memory groups", (ulong)task)).Permutation(order);
            return partition switch
            {
                DataPartition.Interleaved => [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11]],
                DataPartition.ByClass => [.. order.OrderBy(i => labels[i]).Chunk(6)],
                _ => [order[..6], order[6..]],
            };
        }

        var options = new MGemOptions { Replay = Memory, Strength = 0.4, Modules = 1, DataGroups = 2, DataPartition = partition, PartitionSeed = 5 };
        using Learner learner = Trained(options, 2);
        int projected = 0;
        for (int step = 0; step < 25; step++)
        {
            (float[] x, int[] y) = Rows(Toy.Task(2, 80), step * 8, 8);
            float[] values = learner.Values.ToArray();
            double[] g = Differentiate(learner.Model, values, x, y).Gradient;
            double[][] rows = [.. Enumerable.Range(0, 2).SelectMany(task => Groups(learner, task).Select(group =>
                MemoryOf(learner, task, group) is var (gx, gy) ? Differentiate(learner.Model, values, gx, gy).Gradient : []))];
            if (!learner.Observe(new Batch(x, y)).Projected || rows.All(row => Dot(row, g) > -1e-4 * Norm(row) * Norm(g)))
                continue;
            double[] augmented = rows.Aggregate(g, (sum, row) => Sum(sum, row, 0.2)), expected = ReferenceDual.Project(augmented, rows)!;
            double[] z = [.. learner.Gradient.ToArray().Select(v => (double)v)];
            Assert.True(Norm(Sum(z, expected, -1)) < 2e-4 * Norm(augmented));
            projected++;
        }

        Assert.True(projected > 3, $"{projected}");
    }

    [Theory]
    [InlineData(ParameterPartition.Layers)]
    [InlineData(ParameterPartition.Random)]
    public void Modules_are_projected_on_their_own(ParameterPartition partition)
    {
        var options = new MGemOptions { Replay = Memory, Strength = 0, Partition = partition, Modules = 3, PartitionSeed = 9 };
        using Learner learner = Trained(options, 2);
        var modules = ParameterModules.Of(learner.Model.Parameters, partition, 3, 9);
        int projected = 0, untouched = 0;
        for (int step = 0; step < 25; step++)
        {
            (float[] x, int[] y) = step % 3 == 0 ? Memories(learner, 2) : Rows(Toy.Task(2, 80), step * 8, 8);
            float[] values = learner.Values.ToArray();
            double[] g = Differentiate(learner.Model, values, x, y).Gradient;
            double[][] rows = [.. Enumerable.Range(0, 2).Select(task => MemoryOf(learner, task) is var (mx, my) ? Differentiate(learner.Model, values, mx, my).Gradient : [])];
            learner.Observe(new Batch(x, y));
            float[] z = learner.Gradient.ToArray();
            for (int m = 0; m < modules.Count; m++)
            {
                (int start, int count) = modules[m];
                double[] Part(double[] v) => [.. Enumerable.Range(start, count).Select(i => v[modules.Order?[i] ?? i])];
                double[][] parts = [.. rows.Select(Part)];
                double[] part = Part(g), own = Part([.. z.Select(v => (double)v)]);
                if (parts.Any(row => Math.Abs(Dot(row, part)) < 1e-4 * Norm(row) * Norm(part)))
                    continue;
                bool violated = parts.Any(row => Dot(row, part) < 0);
                double[] expected = violated ? ReferenceDual.Project(part, parts)! : part;
                Assert.True(Norm(Sum(own, expected, -1)) <= (violated ? 2e-4 * Norm(part) : 0), $"step {step} module {m} {violated}: {Norm(Sum(own, expected, -1)) / Norm(part)}");
                (projected, untouched) = (projected + (violated ? 1 : 0), untouched + (violated ? 0 : 1));
            }
        }

        Assert.True(projected > 3 && untouched > 0, $"{projected} projected, {untouched} not");
    }

    [Fact]
    public void With_one_past_task_and_no_strength_gem_is_a_gem()
    {
        var buffer = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 };
        using Learner gem = Trained(new GemOptions { Replay = buffer, Strength = 0 }, 1);
        using Learner sgem = Trained(new SGemOptions { Replay = buffer }, 1);
        using Learner agem = Trained(new AGemOptions { Replay = buffer, ReplayBatch = 12 }, 1);
        Assert.Equal(agem.Values.ToArray(), gem.Values.ToArray());
        int projected = 0;
        for (int step = 0; step < 20; step++)
        {
            projected += Toy.Train(gem, Toy.Task(1, 80), 1, start: step).Projected ? 1 : 0;
            Toy.Train(sgem, Toy.Task(1, 80), 1, start: step);
            Toy.Train(agem, Toy.Task(1, 80), 1, start: step);
            double[] a = [.. agem.Values.ToArray().Select(v => (double)v)];
            foreach (Learner other in new[] { gem, sgem })
                Assert.True(Norm(Sum([.. other.Values.ToArray().Select(v => (double)v)], a, -1)) < 1e-4 * Norm(a));
        }

        Assert.True(projected > 3);
    }

    [Fact]
    public void One_module_and_one_group_is_gem_bit_for_bit()
    {
        using Learner gem = Trained(new GemOptions { Replay = Memory }, 3);
        foreach (ParameterPartition partition in new[] { ParameterPartition.EqualSlices, ParameterPartition.LayerGroups, ParameterPartition.Random })
        {
            using Learner mgem = Trained(new MGemOptions { Replay = Memory, Modules = 1, Partition = partition }, 3);
            Assert.Equal(gem.Values.ToArray(), mgem.Values.ToArray());
        }
    }

    [Fact]
    public void The_sum_of_references_is_gems_lower_bound_without_its_projection()
    {
        using Learner learner = Trained(new ReplaySumOptions { Replay = Memory, Strength = 0.25 }, 2);
        (float[] x, int[] y) = Rows(Toy.Task(2, 80), 0, 8);
        float[] values = learner.Values.ToArray();
        double[] expected = Differentiate(learner.Model, values, x, y).Gradient;
        for (int task = 0; task < 2; task++)
        {
            (float[] mx, int[] my) = MemoryOf(learner, task);
            expected = Sum(expected, Differentiate(learner.Model, values, mx, my).Gradient, 0.25);
        }

        StepReport report = learner.Observe(new Batch(x, y));
        Assert.Equal((24, false), (report.Replayed, report.Projected));
        Assert.True(Norm(Sum([.. learner.Gradient.ToArray().Select(v => (double)v)], expected, -1)) < 1e-5 * Norm(expected));
    }

    [Fact]
    public void T23_a_small_step_raises_the_loss_on_no_memory_beyond_second_order()
    {
        using Learner learner = Trained(new GemOptions { Replay = Memory, Strength = 0 }, 3);
        int compared = 0;
        for (int step = 0; step < 25; step++)
        {
            float[] before = learner.Values.ToArray();
            (float[] x, int[] y) = Rows(Toy.Task(3, 80), step * 8, 8);
            double[] g = Differentiate(learner.Model, before, x, y).Gradient;
            double[][] rows = PastTasks(learner);
            if (!learner.Observe(new Batch(x, y)).Projected)
                continue;
            double[] z = [.. learner.Gradient.ToArray().Select(v => (double)v)];
            for (int task = 0; task < 3; task++)
            {
                (float[] mx, int[] my) = MemoryOf(learner, task, [.. Enumerable.Range(0, 12)]);
                double Rise(double[] direction, double rate) =>
                    Differentiate(learner.Model, [.. before.Zip(direction, (v, d) => (float)(v - rate * d))], mx, my).Loss - Differentiate(learner.Model, before, mx, my).Loss;
                double conflict = -Dot(rows[task], g);
                // first order: along g the loss rises by rate·conflict, along z it does not rise at all
                Assert.True(Rise(z, 2e-3) <= 2e-3 * 2e-3 * 60 * Dot(z, z) + 1e-6, $"{Rise(z, 2e-3)}");
                if (conflict < 0.05)
                    continue;
                Assert.True(Rise(g, 2e-3) > 2e-3 * conflict / 2);
                Assert.True(Rise(z, 2e-3) < 2e-3 * conflict / 2);
                compared++;
            }
        }

        Assert.True(compared > 3, $"{compared}");
    }

    [Theory]
    [InlineData("gem")]
    [InlineData("s-gem")]
    [InlineData("replay-sum")]
    public void T15_reference_passes_leave_running_statistics_alone(string kind)
    {
        StrategyOptions strategy = kind switch { "gem" => new GemOptions { Replay = Memory }, "s-gem" => new SGemOptions { Replay = Memory }, _ => new ReplaySumOptions { Replay = Memory } };
        Model Create() => new ResNet18Options { Width = 2, Input = new ImageShape(1, 4, 5), Outputs = Toy.Classes }.Create();
        using var learner = new Learner(Toy.Options(strategy) with { Model = Create() });
        Parameter counter = learner.Model.State["bn1.num_batches_tracked"], mean = learner.Model.State["bn1.running_mean"];
        Toy.Train(learner, Toy.Task(0, 80), 4);
        learner.EndTask();
        float[] before = mean.Of(learner.State).ToArray();
        using var fine = new Learner(Toy.Options(new FineTuneOptions()) with { Model = Create() });
        learner.Values.CopyTo(fine.Values);
        learner.State.CopyTo(fine.State);
        Toy.Train(learner, Toy.Task(1, 80), 1);
        Toy.Train(fine, Toy.Task(1, 80), 1);
        Assert.Equal(5, counter.Of(learner.State).ToScalar());
        Assert.NotEqual(before, mean.Of(learner.State).ToArray());
        Assert.Equal(fine.State.ToArray(), learner.State.ToArray());
    }

    [Fact]
    public void T13_heads_that_no_sample_belongs_to_keep_a_gradient_of_zero()
    {
        var model = new Mlp(new MlpOptions { Input = ImageShape.Flat(Toy.Features), Hidden = [16], Outputs = 3 * Toy.Classes });
        using var learner = new Learner(Toy.Options(new MGemOptions { Replay = Memory, Partition = ParameterPartition.Tensors }) with { Model = model, Head = HeadPolicy.MultiHead, OutputsPerTask = Toy.Classes });
        Parameter weight = model.Parameters["2.weight"];
        for (int task = 0; task < 2; task++)
        {
            Toy.Train(learner, Toy.Task(task, 80), 20);
            float[] rows = weight.Of(learner.Gradient).ToArray();
            Assert.True(rows.AsSpan(task * Toy.Classes * 16, Toy.Classes * 16).ContainsAnyExcept(0f));
            Assert.False(rows.AsSpan((task + 1) * Toy.Classes * 16).ContainsAnyExcept(0f));
            learner.EndTask();
        }
    }

    [Fact]
    public void A_step_that_fails_on_the_memory_changes_nothing()
    {
        using Learner learner = Trained(new GemOptions { Replay = Memory }, 1);
        learner.BeginTask(new TaskInfo());
        Toy.Train(learner, Toy.Task(1, 80), 2);
        learner.Values.Fill(float.NaN);
        long steps = learner.Steps, scalars = learner.Memory.Scalars, checks = learner.Constraint!.Checks;
        (float[] x, int[] y) = Rows(Toy.Task(1, 80), 0, 8);
        Assert.Contains("diverged", Assert.Throws<DivergenceException>(() => learner.Observe(new Batch(x, y))).Message);
        Assert.Equal((steps, scalars, checks), (learner.Steps, learner.Memory.Scalars, learner.Constraint!.Checks));
    }

    [Fact]
    public void The_trigger_decides_which_modules_strength_reaches()
    {
        // along batches of the first task nothing is violated: only "always" adds the references
        float[] Step(ConstraintTrigger trigger, out bool projected)
        {
            using Learner learner = Trained(new GemOptions { Replay = Memory, Trigger = trigger, Strength = 0.5 }, 1, steps: 10);
            (float[] x, int[] y) = MemoryOf(learner, 0);
            projected = learner.Observe(new Batch(x, y)).Projected; // the memory itself as the batch: g = ĝ
            return learner.Gradient.ToArray();
        }

        float[] g = Step(ConstraintTrigger.PerModule, out bool calm), always = Step(ConstraintTrigger.Always, out bool acted);
        Assert.False(calm);
        Assert.True(acted);
        for (int i = 0; i < g.Length; i++)
            Assert.Equal(1.5 * g[i], always[i], 1e-5 * Math.Abs(g[i]) + 1e-8);
    }

    [Fact]
    public void Strength_follows_the_number_of_tasks_or_the_rate_of_violations()
    {
        Assert.Equal(1, new StrengthSchedule().Factor(7, 0.1));
        Assert.Equal(0.25, new StrengthSchedule { Kind = StrengthScheduleKind.ByTask, Power = -1 }.Factor(4, 0));
        StrengthSchedule rate = new() { Kind = StrengthScheduleKind.ByViolationRate, Target = 0.4, Window = 10 };
        Assert.Equal(0.5, rate.Factor(3, 0.2), 1e-12);
        Assert.Equal(1, rate.Factor(3, 0.9));
        Assert.Equal(0.23, rate.Observe(0.2, 0.5), 1e-12);
        // mean = a constant strength divided by the number of past tasks
        using Learner mean = Trained(new GemOptions { Replay = Memory, Normalization = StrengthNormalization.Mean }, 3);
        using Learner power = Trained(new GemOptions { Replay = Memory, Schedule = new() { Kind = StrengthScheduleKind.ByTask, Power = -1 } }, 3);
        Assert.Equal(mean.Values.ToArray(), power.Values.ToArray());
    }

    [Fact]
    public void Problems_name_the_key()
    {
        string all = string.Join("; ", new MGemOptions { Strength = -1, Memories = 0, Modules = 0, DataGroups = 0, Schedule = new() { Window = 0, Target = 2 } }.Problems());
        foreach (string key in new[] { "strategy.strength", "strategy.memories", "strategy.modules", "strategy.dataGroups", "schedule.window", "schedule.target" })
            Assert.Contains(key, all);
        Assert.Empty(new MGemOptions().Problems());
        string message = Assert.Throws<ArgumentException>(() => new Learner(Toy.Options(new MGemOptions { Modules = 5 }))).Message;
        Assert.Contains("2 layers", message);
    }
}
