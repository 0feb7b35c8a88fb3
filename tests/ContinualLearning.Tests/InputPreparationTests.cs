using Engram.Data;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public sealed class InputPreparationTests : IDisposable
{
    private static readonly Normalization s_normalization = new() { Mean = [0.3f], StandardDeviation = [0.25f] };
    private static readonly AugmentationOptions s_augmentation = new() { CropPadding = 1, Flip = true, Brightness = 0.3, Contrast = 0.2 };

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("finetune")]
    [InlineData("er task-end balanced")]
    [InlineData("agem ring")]
    public void Normalizing_in_the_learner_is_training_on_normalized_rows(string strategy)
    {
        StrategyOptions floats = Toy.Strategy(strategy) switch
        {
            AGemOptions agem => agem with { Replay = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 5, Payload = SamplePayload.Float } },
            var other => other,
        };
        using var inside = new Learner(Options(floats) with { Normalization = s_normalization });
        using var outside = new Learner(Options(floats));
        for (int task = 0; task < 2; task++)
        {
            ImageSet images = Toy.Task(task, 48);
            for (int step = 0; step < 6; step++)
            {
                Rows(images, step, out float[] x, out int[] y);
                inside.Observe(new Batch(x, y));
                s_normalization.Apply(x, Toy.Features);
                outside.Observe(new Batch(x, y));
            }

            inside.EndTask(images);
            outside.EndTask(new NormalizedSamples(images));
            Assert.Equal(outside.Values.ToArray(), inside.Values.ToArray());
        }

        Rows(Toy.Task(1, 48), 0, out float[] raw, out int[] labels);
        float[] normalized = [.. raw], expected = new float[8 * Toy.Classes], logits = new float[8 * Toy.Classes];
        s_normalization.Apply(normalized, Toy.Features);
        outside.Predict(normalized, 8, expected);
        inside.Predict(raw, 8, logits);
        Assert.Equal(expected, logits);
        int right = Enumerable.Range(0, 8).Count(i => Largest(expected.AsSpan(i * Toy.Classes, Toy.Classes)) == labels[i]);
        Assert.Equal(right / 8.0, inside.Evaluate(Toy.Task(1, 48).Slice(0, 8)).ClassIncremental);
    }

    [Fact]
    public void Memories_keep_the_pixels_that_were_observed()
    {
        using var learner = new Learner(Options(Toy.Strategy("er reservoir")) with { Normalization = s_normalization, Augmentation = s_augmentation });
        ImageSet images = Toy.Task(0, 24);
        Toy.Train(learner, images, 3);
        var random = new Kernels.RandomCursor(Kernels.RandomStream.For(1, "test"));
        var x = new float[10 * Toy.Features];
        learner.Replay!.Draw(ReplayScope.All, ref random, x, new int[10], new int[10]);
        var all = new float[24 * Toy.Features];
        images.CopyTo([.. Enumerable.Range(0, 24)], all);
        for (int i = 0; i < 10; i++)
        {
            Assert.Contains(Enumerable.Range(0, 24), j => all.AsSpan(j * Toy.Features, Toy.Features).SequenceEqual(x.AsSpan(i * Toy.Features, Toy.Features)));
        }
    }

    [Theory]
    [InlineData("er ring half")]
    [InlineData("agem generators")]
    public void A_learner_with_both_goes_on_from_its_checkpoint_bit_for_bit(string strategy)
    {
        LearnerOptions options = Options(Toy.Strategy(strategy)) with { Normalization = s_normalization, Augmentation = s_augmentation };
        using var whole = new Learner(options);
        ImageSet first = Toy.Task(0, 60), second = Toy.Task(1, 60);
        Toy.Train(whole, first, 7);
        whole.EndTask(first);
        Toy.Train(whole, second, 4);
        whole.Save(_file);
        using Learner loaded = Learner.Load(_file, Toy.Model());
        Assert.Equal(s_normalization, loaded.Options.Normalization);
        Assert.Equal(s_augmentation, loaded.Options.Augmentation);
        Toy.Train(whole, second, 5, start: 4);
        Toy.Train(loaded, second, 5, start: 4);
        Assert.Equal(whole.Values.ToArray(), loaded.Values.ToArray());
        Assert.Equal(whole.Evaluate(second), loaded.Evaluate(second));
    }

    [Fact]
    public void Augmentation_changes_training_and_not_evaluation()
    {
        using var plain = new Learner(Options(new FineTuneOptions()));
        using var augmented = new Learner(Options(new FineTuneOptions()) with { Augmentation = s_augmentation });
        ImageSet images = Toy.Task(0, 40);
        Assert.Equal(Logits(plain, images), Logits(augmented, images));
        Toy.Train(plain, images, 1);
        Toy.Train(augmented, images, 1);
        Assert.NotEqual(plain.Values.ToArray(), augmented.Values.ToArray());
        Assert.Equal(Logits(augmented, images), Logits(augmented, images));
    }

    [Fact]
    public void A_step_with_both_allocates_nothing()
    {
        using var learner = new Learner(Options(Toy.Strategy("er ring half")) with { Normalization = s_normalization, Augmentation = s_augmentation });
        Rows(Toy.Task(0, 40), 0, out float[] x, out int[] y);
        long least = long.MaxValue;
        for (int window = 0; window < 6 && least > 0; window++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < 50; step++)
                learner.Observe(new Batch(x, y));
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Settings_that_do_not_fit_the_network_are_refused()
    {
        LearnerOptions options = Options(new FineTuneOptions());
        Assert.Contains("1 channels", Assert.Throws<ArgumentException>(() => new Learner(options with { Normalization = Normalization.Published("cifar10") })).Message);
        Assert.Contains("augmentation.contrast", Assert.Throws<ArgumentException>(() => new Learner(options with { Augmentation = new() { Contrast = -1 } })).Message);
        Mlp flat = new(new MlpOptions { Input = ImageShape.Flat(Toy.Features), Hidden = [16], Outputs = Toy.Classes });
        Assert.Contains("input shape", Assert.Throws<ArgumentException>(
            () => new Learner(options with { Model = flat, Augmentation = new() { Flip = true } })).Message);
    }

    private static LearnerOptions Options(StrategyOptions strategy) => Toy.Options(strategy);

    private static void Rows(ImageSet images, int step, out float[] x, out int[] y)
    {
        x = new float[8 * Toy.Features];
        y = new int[8];
        images.CopyTo([.. Enumerable.Range(step * 8, 8)], x, y);
    }

    private static float[] Logits(Learner learner, ImageSet images)
    {
        Rows(images, 0, out float[] x, out _);
        var logits = new float[8 * Toy.Classes];
        learner.Predict(x, 8, logits);
        return logits;
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            best = values[i] > values[best] ? i : best;
        return best;
    }

    private sealed class NormalizedSamples(ImageSet images) : ITaskSamples
    {
        public int Count => images.Count;

        public int Features => images.PixelCount;

        public int Label(int index) => images.Label(index);

        public void CopyTo(ReadOnlySpan<int> indices, Span<float> x, Span<int> y)
        {
            images.CopyTo(indices, x, y);
            s_normalization.Apply(x, images.PixelCount);
        }
    }
}
