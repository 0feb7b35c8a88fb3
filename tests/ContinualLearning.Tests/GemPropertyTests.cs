using Engram.Autograd;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

/// <summary>Properties of the projection within modules and of what a step reads, on drawn gradients (numbers as in the specification of mGEM).</summary>
public class GemPropertyTests
{
    private static readonly ParameterSet Parameters = Toy.Model().Parameters;

    // a gradient and references that often conflict with it
    private static (float[] G, float[][] Rows) Draw(int seed, int count)
    {
        var random = new Random(seed);
        float Normal() => MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
        var g = new float[Parameters.Length];
        for (int i = 0; i < g.Length; i++)
            g[i] = Normal();
        var rows = new float[count][];
        for (int r = 0; r < count; r++)
        {
            rows[r] = new float[g.Length];
            float along = random.NextSingle() - 0.7f;
            for (int i = 0; i < g.Length; i++)
                rows[r][i] = Normal() + along * g[i];
        }

        return (g, rows);
    }

    private static float[] Project(
        float[] g, float[][] rows, ParameterPartition partition, int modules, DualMethod method = DualMethod.ActiveSet, GramPrecision precision = GramPrecision.Mixed)
    {
        using var projection = new GemProjection(
            ParameterModules.Of(Parameters, partition, modules, 3), new DualSettings(method, StrengthForm.LowerBound), ConstraintTrigger.PerModule) { Precision = precision };
        using Tensor gradient = Tensor.From(Device.Host, g, g.Length);
        using Tensor reference = Tensor.From(Device.Host, [.. rows.SelectMany(row => row), .. new float[g.Length]], rows.Length + 1, g.Length);
        projection.Apply(gradient, reference);
        return gradient.ToArray();
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, (p, q) => (double)p * q).Sum();

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (p, q) => (double)(p - q) * (p - q)).Sum());

    private static void ForAll(Func<int, int, bool> property) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60),
        Prop.ForAll((from seed in Gen.Choose(0, 1 << 20) from count in Gen.Choose(1, 8) select (seed, count)).ToArbitrary(), c => property(c.seed, c.count)));

    [Fact]
    public void T17_refining_a_partition_never_brings_the_step_nearer_to_the_gradient() => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        double whole = Distance(Project(g, rows, ParameterPartition.EqualSlices, 1), g);
        double halves = Distance(Project(g, rows, ParameterPartition.EqualSlices, 2), g);
        double quarters = Distance(Project(g, rows, ParameterPartition.EqualSlices, 4), g);
        double slack = 1e-5 * Math.Sqrt(Dot(g, g));
        return whole <= halves + slack && halves <= quarters + slack;
    });

    [Fact]
    public void T17_what_satisfies_every_module_satisfies_gem() => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        foreach ((ParameterPartition partition, int modules) in new[] { (ParameterPartition.EqualSlices, 3), (ParameterPartition.Tensors, 1), (ParameterPartition.Random, 5) })
        {
            float[] z = Project(g, rows, partition, modules);
            if (rows.Any(row => Dot(row, z) < -1e-4 * Math.Sqrt(Dot(row, row) * Dot(g, g))))
                return false;
        }

        return true;
    });

    [Fact]
    public void T17_random_modules_are_slices_of_the_reordered_vectors() => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        int[] order = ParameterModules.Of(Parameters, ParameterPartition.Random, 4, 3).Order!;
        float[] Reordered(float[] v) => [.. order.Select(i => v[i])];
        float[] direct = Reordered(Project(g, rows, ParameterPartition.Random, 4));
        float[] sliced = Project(Reordered(g), [.. rows.Select(Reordered)], ParameterPartition.EqualSlices, 4);
        return direct.AsSpan().SequenceEqual(sliced);
    });

    [Fact]
    public void T6_positive_factors_on_references_change_nothing_within_modules() => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        float[] z = Project(g, rows, ParameterPartition.Layers, 1);
        float[] scaled = Project(g, [.. rows.Select((row, i) => row.Select(v => v * (i + 1) * 4).ToArray())], ParameterPartition.Layers, 1);
        return Distance(z, scaled) <= 1e-5 * Math.Sqrt(Dot(g, g));
    });

    [Fact]
    public void Sums_in_mixed_precision_move_the_step_by_rounding_only() => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        float[] exact = Project(g, rows, ParameterPartition.Layers, 1, precision: GramPrecision.Double);
        return Distance(exact, Project(g, rows, ParameterPartition.Layers, 1)) <= 1e-5 * Math.Sqrt(Dot(g, g));
    });

    [Theory]
    [InlineData(1e-25)] // products that single precision has no digits for
    [InlineData(3e18)] // and those beyond its range
    public void Where_single_precision_ends_sums_are_taken_in_double(double size) => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        float[][] scaled = [.. rows.Select((row, i) => i % 2 == 1 ? row : row.Select(v => (float)(v * size)).ToArray())];
        return Project(g, scaled, ParameterPartition.EqualSlices, 2, precision: GramPrecision.Double).AsSpan()
            .SequenceEqual(Project(g, scaled, ParameterPartition.EqualSlices, 2));
    });

    [Fact]
    public void References_that_nearly_depend_on_each_other_are_solved_in_double() => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        float[] against = [.. g.Select((v, i) => (1e-3f * rows[0][i]) - v)];
        float[][] near = [against, [.. against.Select((v, i) => v + (1e-3f * rows[^1][(i + 1) % g.Length]))]];
        float[] exact = Project(g, near, ParameterPartition.EqualSlices, 1, precision: GramPrecision.Double);
        return Distance(exact, Project(g, near, ParameterPartition.EqualSlices, 1)) <= 1e-6 * Math.Sqrt(Dot(g, g));
    });

    [Fact]
    public void T18_with_one_reference_a_module_the_diagonal_method_is_exact() => ForAll((seed, _) =>
    {
        (float[] g, float[][] rows) = Draw(seed, 1);
        float[] exact = Project(g, rows, ParameterPartition.EqualSlices, 4);
        return Distance(exact, Project(g, rows, ParameterPartition.EqualSlices, 4, DualMethod.Diagonal)) <= 1e-6 * Math.Sqrt(Dot(g, g));
    });

    [Fact]
    public void T18_the_recorded_distance_from_the_exact_answer_is_that_of_the_vectors() => ForAll((seed, count) =>
    {
        (float[] g, float[][] rows) = Draw(seed, count);
        using var projection = new GemProjection(
            ParameterModules.Of(Parameters, ParameterPartition.EqualSlices, 1, 0), new DualSettings(DualMethod.Diagonal, StrengthForm.LowerBound), ConstraintTrigger.PerModule) { CompareEvery = 1 };
        using Tensor gradient = Tensor.From(Device.Host, g, g.Length);
        using Tensor reference = Tensor.From(Device.Host, [.. rows.SelectMany(row => row), .. new float[g.Length]], rows.Length + 1, g.Length);
        if (!projection.Apply(gradient, reference))
            return projection.Comparisons == 0;
        float[] exact = Project(g, rows, ParameterPartition.EqualSlices, 1), z = gradient.ToArray();
        (double error, double worst, double share) = projection.MeanComparison;
        double length = Math.Sqrt(Dot(z, z));
        double[] cosines = [.. rows.Select(row => Dot(row, z) / (length * Math.Sqrt(Dot(row, row))))];
        // a constraint that holds with equality is on either side by rounding
        return Math.Abs(error - (Distance(z, exact) / Distance(exact, g))) <= 1e-3 * (1 + error)
            && Math.Abs(worst - Math.Max(0, -cosines.Min())) <= 1e-5
            && share * rows.Length >= cosines.Count(c => c < -2e-5) && share * rows.Length <= cosines.Count(c => c < 2e-5);
    });

    [Fact]
    public void T14_the_gradient_of_the_batch_does_not_depend_on_the_memory() => ForAll((seed, _) =>
    {
        // a sum of references of weight zero steps along the batch's own gradient; GEM's replay reads before it
        float[] Gradient(int memory)
        {
            using var learner = new Learner(Toy.Options(new ReplaySumOptions { Strength = 0, Replay = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 12 } }));
            Toy.Train(learner, Toy.Task(0, 40, (ulong)memory), 2);
            learner.EndTask();
            using Tensor fresh = learner.Model.CreateValues(Device.Host, 5);
            fresh.CopyTo(learner.Values);
            Toy.Train(learner, Toy.Task(1, 40, (ulong)seed), 1);
            return learner.Gradient.ToArray();
        }

        return Gradient(seed).AsSpan().SequenceEqual(Gradient(seed + 1));
    });

    [Theory]
    [InlineData(BufferStorage.TaskRing, true)]
    [InlineData(BufferStorage.Ring, true)]
    [InlineData(BufferStorage.TaskEnd, true)]
    [InlineData(BufferStorage.Reservoir, false)]
    public void Rows_of_finished_tasks_are_kept_staged_where_they_never_change_and_counted(BufferStorage storage, bool kept)
    {
        var options = new BufferOptions { Storage = storage, PerTask = 12, PerClass = 3, Capacity = 24, Payload = SamplePayload.Float };
        using var learner = new Learner(Toy.Options(new GemOptions { Replay = options }));
        for (int task = 0; task < 3; task++)
        {
            Toy.Train(learner, Toy.Task(task, 80), 10);
            learner.EndTask(Toy.Task(task, 80));
        }

        Toy.Train(learner, Toy.Task(3, 80), 1);
        using var once = new Learner(Toy.Options(new GemOptions { Replay = options }));
        long rows = 3 * 12 * Toy.Features * sizeof(float);
        Assert.True(learner.HeldBytes - once.HeldBytes - learner.Memory.TotalBytes >= (kept ? rows : 0));
        // a larger batch than any before needs the place of the kept rows: they are read again, and the step is what it was
        Toy.Train(learner, Toy.Task(3, 80), 1, batch: 20);
        Assert.Equal(3 * 12, storage == BufferStorage.Reservoir ? 36 : Toy.Train(learner, Toy.Task(3, 80), 1).Replayed);
    }
}
