using Engram.Data;
using Engram.Kernels;

namespace Engram.ContinualLearning.Tests;

/// <summary>Memories task by task: the ring of a task's last samples, and rows of one task from any source.</summary>
public class TaskMemoryTests
{
    private static TaskContext Context(int index) => new(index, new TaskInfo(), 1, 4, 3);

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(43)]
    public void T11_T12_a_task_ring_keeps_the_last_samples_of_every_task_in_the_order_of_time(int length)
    {
        var store = new SampleStore(1, SamplePayload.Float);
        var ring = new TaskRingStorage(new BufferOptions { PerTask = 8 });
        var random = new RandomCursor(RandomStream.For(1, "ring test"));
        for (int task = 0; task < 3; task++)
        {
            ring.BeginTask(Context(task), store);
            for (int i = 0; i < length; i += 3)
            {
                float[] x = [.. Enumerable.Range(i, Math.Min(3, length - i)).Select(n => (float)(100 * task + n))];
                ring.Observe(new Batch(x, [.. x.Select(n => (int)n % 4)]), task, store, ref random);
            }

            ring.EndTask(Context(task), null, store);
        }

        int kept = Math.Min(8, length);
        Assert.Equal(3 * kept, store.Count);
        var value = new float[1];
        for (int slot = 0; slot < store.Count; slot++)
        {
            store.Read(slot, value);
            int task = slot / kept, expected = 100 * task + length - kept + slot % kept;
            Assert.Equal((expected, task, expected % 4), ((int)value[0], store.Tasks[slot], store.Labels[slot]));
        }
    }

    public static TheoryData<string> Memories() => ["task-ring", "ring", "task-end", "reservoir", "generators", "clustered", "patches", "compressed"];

    [Theory]
    [MemberData(nameof(Memories))]
    public void Rows_of_one_task_come_from_that_task_alone(string kind)
    {
        ReplaySourceOptions memory = kind switch
        {
            "task-ring" => new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 12 },
            "ring" => new BufferOptions { Storage = BufferStorage.Ring, PerClass = 3 },
            "task-end" => new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 },
            "reservoir" => new BufferOptions { Capacity = 36 },
            "generators" => new SvdGeneratorOptions { Rank = 1, FitSamples = 40 },
            "clustered" => new ClusteredSvdGeneratorOptions { Clusters = 2, ReferenceRank = 2, FitSamples = 60 },
            "patches" => new PatchSvdGeneratorOptions { Patch = 5, PatchRank = 20, Budget = GeneratorBudget.None, JointRank = 10, FitSamples = 60 },
            _ => new CompressedBufferOptions { PerTask = 12, Codec = ImageCodecKind.Deflate },
        };
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = memory }));
        for (int task = 0; task < 3; task++)
        {
            ImageSet images = Toy.Task(task, 80);
            Toy.Train(learner, images, 10);
            learner.EndTask(images);
        }

        IReplaySource source = learner.Replay!;
        Assert.Equal(0, source.AvailableOf(3));
        bool endless = source.AvailableOf(0) == int.MaxValue;
        Assert.Equal(kind is "generators" or "clustered" or "patches", endless);
        for (int task = 0; task < 3; task++)
        {
            int available = source.AvailableOf(task), all = endless ? 30 : available;
            Assert.True(available >= (kind == "reservoir" ? 1 : 12));
            foreach (int wanted in new[] { all, (all + 1) / 2 })
            {
                var x = new float[wanted * Toy.Features];
                var y = new int[wanted];
                var random = new RandomCursor(RandomStream.For(5, "draw"));
                Assert.Equal(wanted, source.DrawTask(task, ref random, x, y));
                for (int i = 0; i < wanted; i++)
                {
                    // the bright row of an image tells its task from its label
                    int brightest = Enumerable.Range(0, 4).MaxBy(row => x.AsSpan(i * Toy.Features + 5 * row, 5).ToArray().Sum());
                    Assert.Equal((y[i] + task) % 4, brightest);
                }

                if (!endless && wanted < all)
                    Assert.Equal(wanted, Enumerable.Range(0, wanted).Select(i => string.Join(' ', x.AsSpan(i * Toy.Features, Toy.Features).ToArray())).Distinct().Count());
            }
        }
    }
}
