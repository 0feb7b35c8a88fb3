using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public sealed class CompressedBufferTests : IDisposable
{
    private static readonly TaskContext First = new(0, new TaskInfo(), Toy.Features, Toy.Classes, 1) { Image = new ImageShape(1, 4, 5) };

    private readonly string _folder = Directory.CreateTempSubdirectory("engram-compressed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CompressedBuffer Memory(CompressedBufferOptions options, int tasks = 2, int images = 300)
    {
        Assert.Empty(options.Problems("replay"));
        var memory = new CompressedBuffer(options, Toy.Features);
        for (int task = 0; task < tasks; task++)
        {
            memory.BeginTask(First with { Index = task });
            memory.EndTask(First with { Index = task }, new ImageSetSamples(Toy.Task(task, images)));
        }

        return memory;
    }

    [Fact]
    public void The_budget_is_kept_and_one_image_more_would_not_fit() => Prop.ForAll<int>(seed =>
    {
        var random = new RandomCursor(RandomStream.For((ulong)seed, "budget"));
        var options = new CompressedBufferOptions
        {
            Codec = (ImageCodecKind)random.NextInt32(5),
            Quality = 1 + random.NextInt32(100),
            Downscale = 1 + random.NextInt32(3),
            PerTask = random.NextInt32(2) == 0 ? TaskQuota.ByteEqual : TaskQuota.ScalarEqual,
            ReferenceRank = 1 + random.NextInt32(6),
            ReferencePayload = (GeneratorPayload)random.NextInt32(3),
        };
        CompressedBuffer memory = Memory(options, tasks: 1);
        long limit = Toy.Classes * (options.PerTask.Kind == TaskQuotaKind.ByteEqual
            ? GeneratorCost.Bytes(Toy.Features, options.ReferenceRank, GeneratorForm.Paper, options.ReferencePayload) : GeneratorCost.Scalars(Toy.Features, options.ReferenceRank));
        long bytes = memory.MemoryUse.PayloadBytes;
        // all 300 are in, or the rest of the budget is smaller than any record of this size can be
        int largest = Toy.Features * 3 + 60;
        Assert.True(bytes <= limit || memory.Count == 0, $"{options}: {bytes} > {limit}");
        Assert.True(memory.Count == 300 || bytes > limit - largest, $"{options}: {memory.Count} images, {bytes} of {limit} bytes");
        Assert.Equal(bytes, memory.MemoryUse.Scalars);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Raw_records_cost_their_pixels_a_length_and_a_label()
    {
        CompressedBuffer memory = Memory(new CompressedBufferOptions { Codec = ImageCodecKind.Raw, PerTask = 50 });
        Assert.Equal(100, memory.Count);
        Assert.Equal(100 * (Toy.Features + 2), memory.MemoryUse.PayloadBytes);
        Assert.Equal(2 * (4 + 2) * 4, memory.MemoryUse.BookkeepingBytes); // four entry points, task and count
    }

    [Theory]
    [InlineData(ImageCodecKind.Raw)]
    [InlineData(ImageCodecKind.Predictive)]
    [InlineData(ImageCodecKind.Deflate)]
    [InlineData(ImageCodecKind.Brotli)]
    public void Lossless_draws_are_training_images_with_their_labels(ImageCodecKind codec)
    {
        CompressedBuffer memory = Memory(new CompressedBufferOptions { Codec = codec, PerTask = 120 });
        var random = new RandomCursor(RandomStream.For(1, "draw"));
        (float[] x, int[] y, int[] tasks) = (new float[240 * Toy.Features], new int[240], new int[240]);
        Assert.Equal(240, memory.Draw(ReplayScope.All, ref random, x, y, tasks));
        HashSet<string> stored = [];
        for (int task = 0; task < 2; task++)
        {
            ImageSet images = Toy.Task(task, 300);
            for (int i = 0; i < 300; i++)
                stored.Add($"{task} {images.Label(i)} {Convert.ToHexString(images.Pixels(i))}");
        }

        HashSet<string> drawn = [];
        var pixels = new byte[Toy.Features];
        for (int i = 0; i < 240; i++)
        {
            PixelConversion.ToBytes(x.AsSpan(i * Toy.Features, Toy.Features), pixels);
            drawn.Add($"{tasks[i]} {y[i]} {Convert.ToHexString(pixels)}");
        }

        Assert.Equal(240, drawn.Count); // without replacement
        Assert.Subset(stored, drawn);
        Assert.Equal(120, tasks.Count(t => t == 0));
        Dictionary<string, double> figures = [];
        memory.Describe(figures);
        Assert.False(figures.ContainsKey("psnr"));
        Assert.Equal(120, figures["imagesPerTask"]);
    }

    [Fact]
    public void Finer_quality_has_a_higher_psnr_and_costs_more_bytes()
    {
        double lastPsnr = 0, lastBytes = 0;
        foreach (int quality in new[] { 5, 30, 70, 95 })
        {
            Dictionary<string, double> figures = [];
            Memory(new CompressedBufferOptions { Quality = quality, PerTask = 100 }).Describe(figures);
            Assert.True(figures["psnr"] > lastPsnr && figures["bytesPerImage"] > lastBytes, $"quality {quality}");
            (lastPsnr, lastBytes) = (figures["psnr"], figures["bytesPerImage"]);
        }
    }

    [Fact]
    public void Shrunk_images_are_drawn_at_full_size()
    {
        CompressedBuffer memory = Memory(new CompressedBufferOptions { Codec = ImageCodecKind.Raw, Height = 2, Width = 5, PerTask = 60 });
        Assert.Equal(120 * (10 + 2), memory.MemoryUse.PayloadBytes);
        var random = new RandomCursor(RandomStream.For(1, "draw"));
        var x = new float[Toy.Features];
        Assert.True(memory.TrySample(1, 2, ref random, x));
        Assert.InRange(x.Min(), 0, 1);
        Assert.False(memory.TrySample(1, 9, ref random, x));
        // height 4 from 2: the outer rows are the stored ones
        Assert.NotEqual(x[..5], x[15..]);
    }

    [Fact]
    public void Rows_of_numbers_are_no_images_and_the_message_says_what_to_do()
    {
        var memory = new CompressedBuffer(new CompressedBufferOptions(), Toy.Features);
        TaskContext flat = First with { Image = null };
        Assert.Contains("new ImageShape(", Assert.Throws<InvalidOperationException>(() => memory.BeginTask(flat)).Message);
        memory.BeginTask(First);
        Assert.Contains("one shape", Assert.Throws<InvalidOperationException>(() => memory.BeginTask(First with { Image = new ImageShape(1, 5, 4) })).Message);
        var large = new CompressedBuffer(new CompressedBufferOptions { Height = 9, Width = 2 }, Toy.Features);
        Assert.Contains("at most", Assert.Throws<ArgumentException>(() => large.BeginTask(First)).Message);
    }

    [Fact]
    public void Problems_are_named_with_their_keys()
    {
        var wrong = new CompressedBufferOptions { Quality = 0, Downscale = 2, Height = 3, PerTask = 0, Candidates = 0 };
        string[] problems = [.. wrong.Problems("strategy.replay")];
        foreach (string key in new[] { "quality", "downscale", "height", "perTask", "candidates" })
            Assert.Contains(problems, p => p.StartsWith($"strategy.replay.{key}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_whose_records_do_not_decode_is_refused()
    {
        // the file is written with a valid digest, so only decoding can find this
        var options = new CompressedBufferOptions { Codec = ImageCodecKind.Predictive, PerTask = 30 };
        string file = Path.Combine(_folder, "memory.safetensors");
        using (var learner = new Learner(Toy.Options(new ErOptions { Replay = options })))
        {
            Toy.Train(learner, Toy.Task(0, 60), 3);
            learner.EndTask(Toy.Task(0, 60));
            learner.Save(file);
        }

        // another codec reads the same arrays: its tables or streams cannot fit
        string json = File.ReadAllText(file, System.Text.Encoding.Latin1);
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(json.Replace("predictive\\\"", "deflate\\\"   ").Replace("predictive\\u0022", "deflate\\u0022   "));
        Assert.NotEqual(File.ReadAllBytes(file), bytes);
        File.WriteAllBytes(file, bytes);
        Assert.Throws<CheckpointException>(() => Learner.Load(file, Toy.Model()));
    }
}
