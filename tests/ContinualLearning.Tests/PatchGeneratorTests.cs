using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public class PatchGeneratorTests
{
    private static readonly TaskContext First = new(0, new TaskInfo(), Toy.Features, Toy.Classes, 1) { Image = new ImageShape(1, 4, 5) };

    private static PatchSvdGeneratorReplay Memory(PatchSvdGeneratorOptions options, int tasks = 2, int images = 300)
    {
        Assert.Empty(options.Problems("replay"));
        var memory = new PatchSvdGeneratorReplay(options, Toy.Features, Device.Host);
        for (int task = 0; task < tasks; task++)
        {
            memory.BeginTask(First with { Index = task });
            memory.EndTask(First with { Index = task }, new ImageSetSamples(Toy.Task(task, images)));
        }

        return memory;
    }

    [Fact]
    public void Patches_cover_every_pixel_and_their_average_gives_the_image_back() => Prop.ForAll<int>(seed =>
    {
        var random = new RandomCursor(RandomStream.For((ulong)seed, "grid"));
        var shape = new ImageShape(1 + random.NextInt32(3), 1 + random.NextInt32(14), 1 + random.NextInt32(14));
        int side = 1 + random.NextInt32(9), stride = 1 + random.NextInt32(side);
        var grid = new PatchGrid(shape, side, stride);
        float[] image = new float[shape.Features], back = new float[shape.Features], patch = new float[grid.PatchLength];
        foreach (ref float value in image.AsSpan())
            value = random.NextNormal();
        for (int i = 0; i < grid.Count; i++)
        {
            grid.Extract(image, i, patch);
            grid.Add(patch, i, back);
        }

        grid.Average(back);
        for (int p = 0; p < image.Length; p++)
            Assert.Equal(image[p], back[p], 1e-5f);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(PatchCovariance.Joint)]
    [InlineData(PatchCovariance.Position)]
    public void A_hundred_thousand_samples_have_the_moments_that_are_stored(PatchCovariance covariance)
    {
        PatchSvdGeneratorReplay memory = Memory(
            new PatchSvdGeneratorOptions { Patch = 3, Stride = 2, PatchRank = 3, Covariance = covariance, Budget = GeneratorBudget.None, JointRank = 2 }, tasks: 1);
        PatchSvdGenerator generator = memory.Generators[2];
        const int draws = 100_000;
        int n = generator.Mean.Length, r = generator.Fit.Rank;
        float[] stored = generator.Covariance(), basis = new float[n * Toy.Features], z = new float[n];
        for (int j = 0; j < n; j++)
        {
            Array.Clear(z);
            z[j] = 1;
            generator.Image(z, basis.AsSpan(j * Toy.Features, Toy.Features));
        }

        double[] sum = new double[Toy.Features], products = new double[Toy.Features];
        float[] x = new float[Toy.Features];
        var random = new RandomCursor(RandomStream.For(4, "moments"));
        for (int i = 0; i < draws; i++)
        {
            Assert.True(memory.TrySample(0, 2, ref random, x));
            for (int p = 0; p < x.Length; p++)
            {
                sum[p] += x[p];
                products[p] += (double)x[p] * x[(p + 1) % x.Length];
            }
        }

        for (int p = 0; p < Toy.Features; p++)
        {
            int q = (p + 1) % Toy.Features;
            (double mean, double variance) = Moments(p, p);
            (double other, double otherVariance) = Moments(q, q);
            double cross = Moments(p, q).Cross;
            Assert.Equal(mean, sum[p] / draws, 5 * Math.Sqrt(variance / draws) + 1e-5);
            double found = products[p] / draws - mean * (sum[q] / draws) - other * (sum[p] / draws) + mean * other;
            Assert.Equal(cross, found, 5 * Math.Sqrt((variance * otherVariance + cross * cross) / draws) + 1e-6);
        }

        (double Mean, double Cross) Moments(int p, int q)
        {
            double mean = 0, cross = 0;
            for (int i = 0; i < n; i++)
            {
                mean += generator.Mean[i] * basis[i * Toy.Features + p];
                for (int j = 0; j < n; j++)
                    cross += (double)basis[i * Toy.Features + p] * stored[i * n + j] * basis[j * Toy.Features + q];
            }

            return (mean, cross);
        }
    }

    [Fact]
    public void All_components_without_compression_have_the_mean_and_the_variances_of_the_images()
    {
        // one patch of the whole image, all of its directions: the generator is a Gaussian of full rank
        var options = new PatchSvdGeneratorOptions { Patch = 5, PatchRank = 20, Budget = GeneratorBudget.None, JointRank = 20, FitScope = FitSampleScope.PerClass };
        foreach (PatchCovariance covariance in Enum.GetValues<PatchCovariance>())
        {
            PatchSvdGenerator generator = Memory(options with { Covariance = covariance }, tasks: 1).Generators[1];
            Assert.Equal(1, generator.Grid.Count);
            ImageSet images = Toy.Task(0, 300);
            int[] own = images.IndicesOf(1);
            var pixels = new float[own.Length * Toy.Features];
            images.CopyTo(own, pixels);
            int n = generator.Mean.Length;
            float[] stored = generator.Covariance(), mean = new float[Toy.Features], column = new float[Toy.Features];
            generator.Image(generator.Mean, mean);
            double trace = Enumerable.Range(0, n).Sum(i => (double)stored[i * n + i]), expected = 0;
            for (int p = 0; p < Toy.Features; p++)
            {
                double average = Enumerable.Range(0, own.Length).Average(i => (double)pixels[i * Toy.Features + p]);
                expected += Enumerable.Range(0, own.Length).Sum(i => Math.Pow(pixels[i * Toy.Features + p] - average, 2)) / (own.Length - 1);
                Assert.Equal(average, mean[p], 1e-4);
            }

            Assert.Equal(expected, trace, 1e-3 * expected);
        }
    }

    [Fact]
    public void A_full_dictionary_with_all_directions_reproduces_means_and_covariances_of_the_pixels() => Prop.ForAll<int>(seed =>
    {
        var random = new RandomCursor(RandomStream.For((ulong)seed, "full"));
        bool joint = random.NextInt32(2) == 0;
        int side = 1 + random.NextInt32(3), across = 1 + random.NextInt32(3), down = 1 + random.NextInt32(3), channels = random.NextInt32(2) == 0 ? 1 : 3;
        // positions on their own say nothing of the pixels of two patches, so those must not overlap
        int stride = joint ? 1 + random.NextInt32(side) : side;
        var shape = new ImageShape(channels, side * down, side * across);
        int features = shape.Features, count = 2 * features + 5;
        var pixels = new byte[count * features];
        for (int i = 0; i < count; i++)
        {
            int common = random.NextInt32(120);
            for (int p = 0; p < features; p++)
                pixels[i * features + p] = (byte)(p % 50 + common + random.NextInt32(80));
        }

        var grid = new PatchGrid(shape, side, stride);
        var options = new PatchSvdGeneratorOptions
        {
            Patch = side, Stride = stride, PatchRank = grid.PatchLength, Covariance = joint ? PatchCovariance.Joint : PatchCovariance.Position,
            Dictionary = (PatchDictionary)random.NextInt32(2), Budget = GeneratorBudget.None, JointRank = joint ? features : null,
        };
        var memory = new PatchSvdGeneratorReplay(options, features, Device.Host);
        var task = new TaskContext(0, new TaskInfo(), features, 2, 1) { Image = shape };
        memory.EndTask(task, new ImageSetSamples(new ImageSet("full", pixels, new int[count], shape.Height, shape.Width, channels, 2)));
        PatchSvdGenerator generator = Assert.Single(memory.Generators);

        int n = generator.Mean.Length;
        float[] stored = generator.Covariance(), mean = new float[features], one = new float[n], basis = new float[n * features];
        generator.Image(generator.Mean, mean);
        for (int j = 0; j < n; j++)
        {
            Array.Clear(one);
            one[j] = 1;
            generator.Image(one, basis.AsSpan(j * features, features));
        }

        var average = new double[features];
        for (int i = 0; i < pixels.Length; i++)
            average[i % features] += pixels[i] / 255.0 / count;
        for (int p = 0; p < features; p++)
            Assert.Equal(average[p], mean[p], 1e-4);
        int[] owner = new int[features];
        for (int i = 0; i < grid.Count; i++)
        {
            var mark = new float[features];
            grid.Add([.. Enumerable.Repeat(1f, grid.PatchLength)], i, mark);
            for (int p = 0; p < features; p++)
                owner[p] = mark[p] > 0 ? i : owner[p];
        }

        for (int p = 0; p < features; p++)
        {
            int q = random.NextInt32(features);
            double expected = 0, found = 0;
            for (int i = 0; i < count; i++)
                expected += (pixels[i * features + p] / 255.0 - average[p]) * (pixels[i * features + q] / 255.0 - average[q]) / (count - 1);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    found += (double)basis[i * features + p] * stored[i * n + j] * basis[j * features + q];
            }

            Assert.Equal(joint || owner[p] == owner[q] ? expected : 0, found, 2e-4);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void Residual_noise_gives_every_coefficient_its_whole_variance()
    {
        var options = new PatchSvdGeneratorOptions { Patch = 2, PatchRank = 3, Budget = GeneratorBudget.None, JointRank = 1 };
        PatchSvdGenerator with = Memory(options, tasks: 1).Generators[0], without = Memory(options with { Residual = false }, tasks: 1).Generators[0];
        PatchSvdGenerator full = Memory(options with { Covariance = PatchCovariance.Position }, tasks: 1).Generators[0];
        float[] a = with.Covariance(), b = without.Covariance(), c = full.Covariance();
        int n = with.Mean.Length;
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(c[i * n + i], a[i * n + i], 1e-3f * c[i * n + i] + 1e-6f);
            Assert.True(b[i * n + i] < a[i * n + i]);
            for (int j = 0; j < n; j++)
                Assert.True(i == j || a[i * n + j] == b[i * n + j]);
        }

        // across positions only the joint form has covariances
        Assert.Equal(0f, c[n - 1]);
        Assert.NotEqual(0f, a[n - 1]);
    }

    [Fact]
    public void No_budget_is_ever_exceeded_and_one_more_direction_would_not_fit() => Prop.ForAll<int>(seed =>
    {
        var random = new RandomCursor(RandomStream.For((ulong)seed, "budget"));
        var options = new PatchSvdGeneratorOptions
        {
            Patch = 2 + random.NextInt32(4),
            PatchRank = 1 + random.NextInt32(5),
            Covariance = (PatchCovariance)random.NextInt32(2),
            Dictionary = (PatchDictionary)random.NextInt32(2),
            Residual = random.NextInt32(2) == 0,
            Budget = (GeneratorBudget)(1 + random.NextInt32(2)),
            Payload = (GeneratorPayload)random.NextInt32(3),
            ReferenceRank = 5 + random.NextInt32(6),
            FitSamples = 200,
        };
        PatchSvdGeneratorReplay memory = Memory(options, tasks: 1);
        bool bytes = options.Budget == GeneratorBudget.ByteEqual;
        long limit = Toy.Classes * (bytes ? GeneratorCost.Bytes(Toy.Features, options.ReferenceRank) : GeneratorCost.Scalars(Toy.Features, options.ReferenceRank));
        long used = bytes ? memory.MemoryUse.PayloadBytes : memory.MemoryUse.Scalars;
        Assert.True(used <= limit, $"{options}: {used} > {limit}");
        PatchSvdGenerator g = memory.Generators[0];
        if (options.Covariance == PatchCovariance.Joint && g.JointRank < g.Mean.Length)
        {
            int width = options.Payload switch { GeneratorPayload.Float32 => 4, GeneratorPayload.Float16 => 2, _ => 1 };
            long next = Toy.Classes * (bytes ? (long)g.Mean.Length * width + (width == 1 ? 4 : 0) : g.Mean.Length);
            Assert.True(used + next > limit, $"{options}: {used} + {next} fits {limit}");
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ten_rows_at_once_are_two_times_five_rows()
    {
        PatchSvdGeneratorReplay memory = Memory(new PatchSvdGeneratorOptions { Patch = 2, Clamp = true });
        RandomCursor one = new(RandomStream.For(5, "draw")), two = new(RandomStream.For(5, "draw"));
        (float[] x, int[] y, int[] t) = (new float[10 * Toy.Features], new int[10], new int[10]);
        (float[] x2, int[] y2, int[] t2) = (new float[10 * Toy.Features], new int[10], new int[10]);
        memory.Draw(ReplayScope.All, ref one, x, y, t);
        memory.Draw(ReplayScope.All, ref two, x2.AsSpan(0, 5 * Toy.Features), y2.AsSpan(0, 5), t2.AsSpan(0, 5));
        memory.Draw(ReplayScope.All, ref two, x2.AsSpan(5 * Toy.Features), y2.AsSpan(5), t2.AsSpan(5));
        Assert.Equal(x, x2);
        Assert.Equal(y, y2);
        Assert.True(x.Min() >= 0 && x.Max() <= 1);
    }

    [Fact]
    public void Single_and_black_images_give_themselves()
    {
        var pixels = new byte[6 * Toy.Features];
        for (int p = 0; p < Toy.Features; p++)
            pixels[p] = (byte)(10 * p);
        foreach (PatchCovariance covariance in Enum.GetValues<PatchCovariance>())
        {
            var memory = new PatchSvdGeneratorReplay(new PatchSvdGeneratorOptions { Patch = 2, PatchRank = 4, Covariance = covariance }, Toy.Features, Device.Host);
            memory.EndTask(First, new ImageSetSamples(new ImageSet("few", pixels, new[] { 0, 1, 1, 1, 1, 1 }, 4, 5, 1, Toy.Classes)));
            var random = new RandomCursor(RandomStream.For(5, "few"));
            var x = new float[Toy.Features];
            Assert.True(memory.TrySample(0, 0, ref random, x));
            for (int p = 0; p < x.Length; p++)
                Assert.Equal(pixels[p] / 255f, x[p], 1e-3f);
            Assert.True(memory.TrySample(0, 1, ref random, x));
            Assert.All(x, v => Assert.Equal(0f, v, 1e-5f));
            Assert.False(memory.TrySample(0, 2, ref random, x));
        }
    }

    [Fact]
    public void Wrong_settings_and_missing_shapes_are_named()
    {
        string[] problems = [.. new PatchSvdGeneratorOptions { Patch = 3, Stride = 4, PatchRank = 0, JointRank = 4 }.Problems("strategy.replay")];
        foreach (string key in new[] { "stride", "patchRank", "jointRank" })
            Assert.Contains(problems, p => p.StartsWith($"strategy.replay.{key}", StringComparison.Ordinal));
        Assert.Contains("jointRank", Assert.Single(new PatchSvdGeneratorOptions { Budget = GeneratorBudget.None }.Problems("r")));
        var memory = new PatchSvdGeneratorReplay(new PatchSvdGeneratorOptions { Patch = 1, ReferenceRank = 1, Covariance = PatchCovariance.Position }, Toy.Features, Device.Host);
        Assert.Contains("new ImageShape(", Assert.Throws<InvalidOperationException>(() => memory.BeginTask(First with { Image = null })).Message);
        Assert.Contains("larger patch", Assert.Throws<ArgumentException>(() => memory.EndTask(First, new ImageSetSamples(Toy.Task(0, 40)))).Message);
    }
}
