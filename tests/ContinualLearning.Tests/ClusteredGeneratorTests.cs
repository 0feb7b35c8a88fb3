using Engram.Data;
using Engram.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public class ClusteredGeneratorTests
{
    private static readonly TaskContext First = new(0, new TaskInfo(), Toy.Features, Toy.Classes, 1);

    private static ClusteredSvdGeneratorReplay Memory(ClusteredSvdGeneratorOptions options, int images = 400)
    {
        var memory = new ClusteredSvdGeneratorReplay(options, Toy.Features, Device.Host);
        for (int task = 0; task < 2; task++)
            memory.EndTask(First with { Index = task }, new ImageSetSamples(Toy.Task(task, images)));
        return memory;
    }

    private static (float[] X, int[] Y, int[] Tasks) Draw(IReplaySource memory, int rows, int features = Toy.Features)
    {
        var random = new RandomCursor(RandomStream.For(5, "draw"));
        (float[] x, int[] y, int[] tasks) = (new float[rows * features], new int[rows], new int[rows]);
        Assert.Equal(rows, memory.Draw(ReplayScope.All, ref random, x, y, tasks));
        return (x, y, tasks);
    }

    [Theory]
    [InlineData(GeneratorForm.Paper, GeneratorPayload.Float32, ClusterPartition.KMeans)]
    [InlineData(GeneratorForm.Lean, GeneratorPayload.Int8, ClusterPartition.LinearPatches)]
    [InlineData(GeneratorForm.Paper, GeneratorPayload.Float16, ClusterPartition.AffinePatches)]
    public void One_cluster_is_the_single_generator_bit_for_bit(GeneratorForm form, GeneratorPayload payload, ClusterPartition partition)
    {
        var single = new SvdGeneratorReplay(new SvdGeneratorOptions { Rank = 3, FitSamples = 90, Form = form, Payload = payload }, Toy.Features, Device.Host);
        for (int task = 0; task < 2; task++)
            single.EndTask(First with { Index = task }, new ImageSetSamples(Toy.Task(task, 400)));
        foreach (GeneratorBudget budget in new[] { GeneratorBudget.None, GeneratorBudget.ScalarEqual })
        {
            if (budget == GeneratorBudget.ScalarEqual && form == GeneratorForm.Lean)
                continue; // the lean form is cheaper, so that more components fit
            ClusteredSvdGeneratorReplay one = Memory(new ClusteredSvdGeneratorOptions
            {
                Clusters = 1, Rank = 3, ReferenceRank = 3, Budget = budget, FitSamples = 90, Form = form, Payload = payload, Partition = partition,
            });
            Assert.Equal(single.MemoryUse, one.MemoryUse);
            (float[] x, int[] y, int[] tasks) = Draw(single, 200);
            (float[] x1, int[] y1, int[] tasks1) = Draw(one, 200);
            Assert.Equal(x, x1);
            Assert.Equal(y, y1);
            Assert.Equal(tasks, tasks1);
        }
    }

    [Fact]
    public void No_budget_is_ever_exceeded_and_none_is_left_where_a_component_would_fit() => Prop.ForAll<int>(seed =>
    {
        var random = new RandomCursor(RandomStream.For((ulong)seed, "budget"));
        var options = new ClusteredSvdGeneratorOptions
        {
            Partition = (ClusterPartition)random.NextInt32(3),
            Budget = (GeneratorBudget)(1 + random.NextInt32(2)),
            ReferenceRank = 2 + random.NextInt32(7),
            Payload = (GeneratorPayload)random.NextInt32(3),
            MinCluster = 1 + random.NextInt32(8),
            FitSamples = 20 + random.NextInt32(300),
        };
        options.Clusters = 1 + random.NextInt32(options.ReferenceRank);
        options.Form = options.Partition == ClusterPartition.AffinePatches ? GeneratorForm.Paper : (GeneratorForm)random.NextInt32(2);
        Assert.Empty(options.Problems("replay"));
        ClusteredSvdGeneratorReplay memory = Memory(options);
        long limit = options.Budget == GeneratorBudget.ScalarEqual ? GeneratorCost.Scalars(Toy.Features, options.ReferenceRank) : GeneratorCost.Bytes(Toy.Features, options.ReferenceRank);
        long scalars = 0, bytes = 0;
        foreach (var group in memory.Generators.GroupBy(g => (g.Fit.Task, g.Fit.Label)))
        {
            int weights = group.Count() == 1 ? 0 : group.Count();
            long groupScalars = group.Sum(g => g.Scalars) + weights, groupBytes = group.Sum(g => g.PayloadBytes) + 4 * weights;
            long cost = options.Budget == GeneratorBudget.ScalarEqual ? groupScalars : groupBytes;
            Assert.True(cost <= limit, $"{options}: {cost} > {limit}");
            foreach (SvdGenerator g in group)
            {
                long next = options.Budget == GeneratorBudget.ScalarEqual
                    ? GeneratorCost.Scalars(Toy.Features, g.Rank + 1, options.Form) - GeneratorCost.Scalars(Toy.Features, g.Rank, options.Form)
                    : GeneratorCost.Bytes(Toy.Features, g.Rank + 1, options.Form, options.Payload) - GeneratorCost.Bytes(Toy.Features, g.Rank, options.Form, options.Payload);
                Assert.True(cost + next > limit || g.Rank >= Math.Min(g.Fit.Samples, Toy.Features) - 1, $"{options}: {cost} + {next} fits {limit}");
            }

            scalars += groupScalars;
            bytes += groupBytes;
        }

        Assert.Equal((scalars, bytes), (memory.MemoryUse.Scalars, memory.MemoryUse.PayloadBytes));
    }).QuickCheckThrowOnFailure();

    // images of two kinds in one class: bright left or bright right, never in between
    private static ImageSet TwoKinds()
    {
        var random = new RandomCursor(RandomStream.For(2, "kinds"));
        var pixels = new byte[300 * Toy.Features];
        for (int i = 0; i < 300; i++)
        {
            for (int p = 0; p < Toy.Features; p++)
                pixels[i * Toy.Features + p] = (byte)((p < 10 == (i % 3 == 0) ? 180 : 5) + random.NextInt32(20));
        }

        return new ImageSet("kinds", pixels, new int[300], 4, 5, 1, Toy.Classes);
    }

    [Theory]
    [InlineData(ClusterPartition.KMeans)]
    [InlineData(ClusterPartition.AffinePatches)]
    public void A_class_of_two_kinds_gives_both_in_their_proportion_and_nothing_in_between(ClusterPartition partition)
    {
        var options = new ClusteredSvdGeneratorOptions { Clusters = 2, ReferenceRank = 2, Partition = partition };
        var memory = new ClusteredSvdGeneratorReplay(options, Toy.Features, Device.Host);
        memory.EndTask(First, new ImageSetSamples(TwoKinds()));
        Assert.Equal([100, 200], memory.Generators.Select(g => g.Fit.Samples).Order());
        const int draws = 6000;
        (float[] x, _, _) = Draw(memory, draws);
        int left = 0, between = 0;
        for (int i = 0; i < draws; i++)
        {
            double first = x.AsSpan(i * Toy.Features, 10).ToArray().Average(), second = x.AsSpan(i * Toy.Features + 10, 10).ToArray().Average();
            left += first > second ? 1 : 0;
            between += Math.Abs(first - second) < 0.4 ? 1 : 0;
        }

        Assert.InRange(left, draws / 3 - 5 * 37, draws / 3 + 5 * 37);
        Assert.Equal(0, between);
    }

    [Fact]
    public void Draws_have_the_moments_of_the_mixture_that_is_stored()
    {
        ClusteredSvdGeneratorReplay memory = Memory(new ClusteredSvdGeneratorOptions { Clusters = 3, ReferenceRank = 6, FitSamples = 300 });
        const int draws = 100_000;
        var random = new RandomCursor(RandomStream.For(5, "moments"));
        SvdGenerator[] parts = [.. memory.Generators.Where(g => g.Fit is { Task: 1, Label: 2 })];
        Assert.True(parts.Length > 1);
        var mean = new double[Toy.Features];
        var second = new double[Toy.Features];
        double total = parts.Sum(g => g.Fit.Samples);
        foreach (SvdGenerator part in parts)
        {
            float[] covariance = part.Covariance(), row = new float[Toy.Features];
            var basis = new float[part.Rank][];
            for (int k = 0; k < part.Rank; k++)
            {
                part.BasisRow(k, row);
                basis[k] = [.. row];
            }

            for (int p = 0; p < Toy.Features; p++)
            {
                double m = 0, v = 0;
                for (int k = 0; k < part.Rank; k++)
                {
                    m += basis[k][p] * part.Mean[k];
                    for (int l = 0; l < part.Rank; l++)
                        v += basis[k][p] * covariance[k * part.Rank + l] * basis[l][p];
                }

                mean[p] += part.Fit.Samples / total * m;
                second[p] += part.Fit.Samples / total * (v + m * m);
            }
        }

        var sum = new double[Toy.Features];
        var x = new float[Toy.Features];
        for (int i = 0; i < draws; i++)
        {
            Assert.True(memory.TrySample(1, 2, ref random, x));
            for (int p = 0; p < Toy.Features; p++)
                sum[p] += x[p];
        }

        for (int p = 0; p < Toy.Features; p++)
            Assert.Equal(mean[p], sum[p] / draws, 5 * Math.Sqrt((second[p] - mean[p] * mean[p]) / draws) + 1e-5);
        Assert.False(memory.TrySample(2, 0, ref random, x));
    }

    [Fact]
    public void Ten_rows_at_once_are_two_times_five_rows()
    {
        ClusteredSvdGeneratorReplay memory = Memory(new ClusteredSvdGeneratorOptions { Clusters = 3, ReferenceRank = 4 });
        (float[] x, int[] y, _) = Draw(memory, 10);
        var random = new RandomCursor(RandomStream.For(5, "draw"));
        (float[] x2, int[] y2, int[] t2) = (new float[10 * Toy.Features], new int[10], new int[10]);
        memory.Draw(ReplayScope.All, ref random, x2.AsSpan(0, 5 * Toy.Features), y2.AsSpan(0, 5), t2.AsSpan(0, 5));
        memory.Draw(ReplayScope.All, ref random, x2.AsSpan(5 * Toy.Features), y2.AsSpan(5), t2.AsSpan(5));
        Assert.Equal(x, x2);
        Assert.Equal(y, y2);
    }

    [Fact]
    public void A_class_of_one_image_and_one_of_black_images_still_give_samples()
    {
        foreach (ClusterPartition partition in Enum.GetValues<ClusterPartition>())
        {
            var memory = new ClusteredSvdGeneratorReplay(new ClusteredSvdGeneratorOptions { Clusters = 3, Partition = partition, MinCluster = 1 }, Toy.Features, Device.Host);
            var pixels = new byte[6 * Toy.Features];
            pixels.AsSpan(0, Toy.Features).Fill(128);
            memory.EndTask(First, new ImageSetSamples(new ImageSet("few", pixels, new[] { 0, 1, 1, 1, 1, 1 }, 4, 5, 1, Toy.Classes)));
            var random = new RandomCursor(RandomStream.For(5, "few"));
            var x = new float[Toy.Features];
            Assert.True(memory.TrySample(0, 0, ref random, x));
            Assert.All(x, v => Assert.Equal(128 / 255f, v, 1e-4f));
            Assert.True(memory.TrySample(0, 1, ref random, x));
            Assert.All(x, v => Assert.Equal(0f, v));
        }
    }

    [Fact]
    public void Problems_are_named_with_their_keys()
    {
        var wrong = new ClusteredSvdGeneratorOptions { Clusters = 6, ReferenceRank = 5, MinCluster = 0, Partition = (ClusterPartition)9 };
        string[] problems = [.. wrong.Problems("strategy.replay")];
        Assert.Equal(3, problems.Length);
        Assert.Contains(problems, p => p.StartsWith("strategy.replay.clusters must be at most referenceRank", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("minCluster"));
        Assert.Contains(problems, p => p.Contains("affine-patches"));
        Assert.Single(new ClusteredSvdGeneratorOptions { Partition = ClusterPartition.AffinePatches, Form = GeneratorForm.Lean }.Problems("r"));
        var tight = new ClusteredSvdGeneratorReplay(
            new ClusteredSvdGeneratorOptions { Budget = GeneratorBudget.ByteEqual, ReferenceRank = 1, ReferencePayload = GeneratorPayload.Int8 }, Toy.Features, Device.Host);
        Assert.Contains("raise referenceRank", Assert.Throws<ArgumentException>(() => tight.EndTask(First, new ImageSetSamples(Toy.Task(0, 40)))).Message);
    }
}
