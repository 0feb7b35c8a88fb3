using Engram.Kernels;

namespace Engram.ContinualLearning.Tests;

public class StorageTests
{
    private static TaskContext Context(int index, int outputs = 4, int features = 1, ulong seed = 3) => new(index, new TaskInfo(), features, outputs, seed);

    // one sample whose single feature is its number, so that what is kept can be read off
    private static void Offer(IStoragePolicy policy, SampleStore store, int number, int label, int task, ref RandomCursor random) =>
        policy.Observe(new Batch([number], [label]), task, store, ref random);

    private static int[] Held(SampleStore store)
    {
        var held = new int[store.Count];
        Span<float> x = stackalloc float[1];
        for (int slot = 0; slot < held.Length; slot++)
        {
            store.Read(slot, x);
            held[slot] = (int)x[0];
        }

        return held;
    }

    [Fact]
    public void T11_every_item_of_a_stream_is_equally_likely_to_be_in_the_reservoir()
    {
        const int capacity = 10, stream = 50, runs = 4000;
        var hits = new int[stream];
        for (int run = 0; run < runs; run++)
        {
            var store = new SampleStore(1, SamplePayload.Float);
            var reservoir = new ReservoirStorage(capacity);
            var random = new RandomCursor(RandomStream.For(11, "reservoir test", (ulong)run));
            for (int i = 0; i < stream; i++)
                Offer(reservoir, store, i, 0, 0, ref random);
            int[] held = Held(store);
            Assert.Equal(capacity, held.Distinct().Count());
            for (int slot = 0; slot < capacity; slot++)
            {
                hits[held[slot]]++;
            }
        }

        // Σ (hits − e)²/e over 50 items; given the fixed total its variance is that of about 49·(1 − 10/50) degrees: 90 lies beyond p = 1e-4
        double expected = (double)runs * capacity / stream;
        double chiSquare = hits.Sum(h => (h - expected) * (h - expected) / expected);
        Assert.InRange(chiSquare, 10, 90);
        Assert.InRange(hits[0], expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));
        Assert.InRange(hits[^1], expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(16)]
    public void The_reservoir_is_uniform_within_batches_and_across_the_batch_that_fills_it(int batch)
    {
        const int capacity = 10, stream = 48, runs = 3000;
        var hits = new int[stream];
        for (int run = 0; run < runs; run++)
        {
            var store = new SampleStore(1, SamplePayload.Float);
            var reservoir = new ReservoirStorage(capacity);
            var random = new RandomCursor(RandomStream.For(13, "reservoir batches", (ulong)run));
            for (int start = 0; start < stream; start += batch)
            {
                int count = Math.Min(batch, stream - start);
                float[] x = [.. Enumerable.Range(start, count).Select(i => (float)i)];
                reservoir.Observe(new Batch(x, new int[count]), 0, store, ref random);
            }

            Assert.Equal(stream, reservoir.Seen); // every item offered counts, taken or not
            foreach (int item in Held(store))
                hits[item]++;
        }

        // X² = (n − 1)/n·Σ (O − E)²/(E·(1 − M/n)) is about χ² of n − 1 = 47 degrees: p = 1e-4 at 92
        double expected = (double)runs * capacity / stream, scale = expected * (1 - ((double)capacity / stream));
        double statistic = (stream - 1.0) / stream * hits.Sum(h => (h - expected) * (h - expected) / scale);
        Assert.InRange(statistic, 18, 92);
    }

    [Fact]
    public void The_first_item_beyond_capacity_is_not_always_taken()
    {
        // the published reservoir takes it always; the right probability is M/(M+1)
        int taken = 0;
        const int capacity = 3, runs = 4000;
        for (int run = 0; run < runs; run++)
        {
            var store = new SampleStore(1, SamplePayload.Float);
            var reservoir = new ReservoirStorage(capacity);
            var random = new RandomCursor(RandomStream.For(12, "reservoir test", (ulong)run));
            for (int i = 0; i <= capacity; i++)
                Offer(reservoir, store, i, 0, 0, ref random);
            taken += Held(store).Contains(capacity) ? 1 : 0;
        }

        double sigma = Math.Sqrt(runs * 0.75 * 0.25);
        Assert.InRange(taken, runs * 0.75 - 5 * sigma, runs * 0.75 + 5 * sigma);
    }

    [Fact]
    public void T11_a_ring_holds_exactly_the_last_samples_of_every_class_of_every_task()
    {
        var store = new SampleStore(1, SamplePayload.Float);
        var ring = new RingStorage(3);
        RandomCursor random = default;
        ring.BeginTask(Context(0), store);
        for (int i = 0; i < 20; i++)
            Offer(ring, store, i, i % 2, 0, ref random);
        ring.BeginTask(Context(1), store);
        for (int i = 20; i < 25; i++)
            Offer(ring, store, i, i % 2, 1, ref random);
        int[] held = Held(store);
        Assert.Equal([14, 15, 16, 17, 18, 19], held.Where((_, slot) => store.Tasks[slot] == 0).Order());
        Assert.Equal([20, 21, 22, 23, 24], held.Where((_, slot) => store.Tasks[slot] == 1).Order());
        for (int slot = 0; slot < store.Count; slot++)
            Assert.Equal(held[slot] % 2, store.Labels[slot]);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(2, 2)]
    public void T12_after_each_task_every_past_task_holds_exactly_its_quota_of_random_training_samples(int classes, int classesPerTask)
    {
        // shared labels (rotations) and split labels
        var store = new SampleStore(Toy.Features, SamplePayload.Byte);
        var policy = new TaskEndStorage(new BufferOptions { PerTask = 40 });
        for (int task = 0; task < 2; task++)
        {
            var samples = new ImageSetSamples(Toy.Task(task, 400, classes: classes, firstClass: classesPerTask * task));
            policy.EndTask(Context(task, Toy.Classes, Toy.Features), samples, store);
            for (int past = 0; past <= task; past++)
                Assert.Equal(40, store.Tasks.Count(past));
            for (int c = 0; c < classes; c++)
            {
                int inClass = 0;
                for (int slot = 0; slot < store.Count; slot++)
                    inClass += store.Tasks[slot] == task && store.Labels[slot] == c + classesPerTask * task ? 1 : 0;
                double mean = 40.0 / classes;
                Assert.InRange(inClass, mean - 5 * Math.Sqrt(mean), mean + 5 * Math.Sqrt(mean));
            }
        }
    }

    [Fact]
    public void A_task_with_fewer_samples_than_its_quota_is_kept_whole()
    {
        var store = new SampleStore(Toy.Features, SamplePayload.Byte);
        new TaskEndStorage(new BufferOptions { PerTask = 100 }).EndTask(Context(0, Toy.Classes, Toy.Features), new ImageSetSamples(Toy.Task(0, 30)), store);
        Assert.Equal(30, store.Count);
    }

    [Fact]
    public void Equal_quotas_follow_the_classes_that_occur()
    {
        var scalar = new TaskEndStorage(new BufferOptions { PerTask = TaskQuota.ScalarEqual, ReferenceRank = 5 });
        var bytes = new TaskEndStorage(new BufferOptions { PerTask = TaskQuota.ByteEqual, ReferenceRank = 5 });
        var halves = new TaskEndStorage(new BufferOptions { PerTask = TaskQuota.ByteEqual, ReferenceRank = 5, ReferencePayload = GeneratorPayload.Float16 });
        Assert.Equal(51, scalar.Quota(10, 784));
        Assert.Equal(11, scalar.Quota(2, 784));
        Assert.Equal(202, bytes.Quota(10, 784));
        Assert.Equal(102, halves.Quota(10, 784)); // 2 bytes for the basis, 4 for the statistics: 79 600 bytes
    }

    [Fact]
    public void Byte_payload_gives_every_8_bit_image_back_exactly()
    {
        var store = new SampleStore(256, SamplePayload.Byte);
        var x = new float[256];
        for (int b = 0; b < 256; b++)
            x[b] = b * (1f / 255f);
        store.Append(x, 0, 0);
        var back = new float[256];
        store.Read(0, back);
        Assert.Equal(x, back);
        Assert.Equal(256, store.MemoryUse.Scalars);
        Assert.Equal(256, store.MemoryUse.PayloadBytes);
        Assert.Equal(8, store.MemoryUse.BookkeepingBytes);
    }

    [Theory]
    [InlineData(33)]
    [InlineData(5)]
    public void Byte_payload_refuses_values_outside_the_unit_interval(int features)
    {
        var store = new SampleStore(features, SamplePayload.Byte);
        var x = new float[features];
        x[features - 2] = 1.5f;
        string message = Assert.Throws<ArgumentException>(() => store.Append(x, 0, 0)).Message;
        Assert.Contains($"column {features - 2}", message);
        Assert.Contains("\"half\" or \"float\"", message);
        x[features - 2] = -0.25f;
        Assert.Contains("-0.25", Assert.Throws<ArgumentException>(() => store.Append(x, 0, 0)).Message);
    }

    [Fact]
    public void Half_and_float_payloads_count_their_bytes()
    {
        foreach ((SamplePayload payload, int bytes) in new[] { (SamplePayload.Half, 2), (SamplePayload.Float, 4) })
        {
            var store = new SampleStore(10, payload);
            store.Append(new float[10], 1, 0);
            store.Append(new float[10], 2, 0);
            Assert.Equal(20 * bytes, store.MemoryUse.PayloadBytes);
            Assert.Equal(20, store.MemoryUse.Scalars);
        }
    }

    [Fact]
    public void Uniform_retrieval_draws_every_candidate_equally_often_and_none_twice()
    {
        int[] candidates = [3, 5, 7, 11, 13, 17];
        var counts = new int[20];
        var chosen = new int[3];
        for (int run = 0; run < 6000; run++)
        {
            var random = new RandomCursor(RandomStream.For(5, "retrieval test", (ulong)run));
            new UniformRetrieval().Choose(candidates, new int[20], ref random, chosen);
            Assert.Equal(3, chosen.Distinct().Count());
            foreach (int slot in chosen)
                counts[slot]++;
        }

        double sigma = Math.Sqrt(6000 * 0.25);
        Assert.Equal(18000, candidates.Sum(slot => counts[slot]));
        Assert.All(candidates, slot => Assert.InRange(counts[slot], 3000 - 5 * sigma, 3000 + 5 * sigma));
    }

    [Fact]
    public void Class_balanced_retrieval_takes_the_same_number_of_every_class_until_one_runs_out()
    {
        int[] labels = [.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(2, 10), 3];
        var policy = new ClassBalancedRetrieval();
        var random = new RandomCursor(RandomStream.For(5, "balanced test"));
        var chosen = new int[13];
        policy.Choose(default, labels, ref random, chosen);
        Assert.Equal(13, chosen.Distinct().Count());
        Assert.Equal(1, chosen.Count(slot => labels[slot] == 3));
        Assert.Equal(6, chosen.Count(slot => labels[slot] == 0));
        Assert.Equal(6, chosen.Count(slot => labels[slot] == 2));
        var all = new int[labels.Length];
        policy.Choose(default, labels, ref random, all);
        Assert.Equal(Enumerable.Range(0, labels.Length), all.Order());
    }
}
