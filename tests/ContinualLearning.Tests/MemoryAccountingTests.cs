using Engram.Formats;
using Engram.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

/// <summary>What a memory says it costs against the arrays that it writes: nothing that is needed to draw is left out of the count.</summary>
public sealed class MemoryAccountingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engram-accounting-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ReplaySourceOptions Drawn(ref RandomCursor random)
    {
        var payload = (GeneratorPayload)random.NextInt32(3);
        var budget = (GeneratorBudget)(1 + random.NextInt32(2));
        switch (random.NextInt32(4))
        {
            case 0:
                return new SvdGeneratorOptions { Rank = 1 + random.NextInt32(8), FitSamples = 60, Payload = payload, Form = (GeneratorForm)random.NextInt32(2) };
            case 1:
                var partition = (ClusterPartition)random.NextInt32(3);
                GeneratorForm form = partition == ClusterPartition.AffinePatches ? GeneratorForm.Paper : (GeneratorForm)random.NextInt32(2);
                return new ClusteredSvdGeneratorOptions { Clusters = 1 + random.NextInt32(4), Partition = partition, Form = form, Budget = budget, Payload = payload, FitSamples = 100 };
            case 2:
                return new PatchSvdGeneratorOptions
                {
                    Patch = 2 + random.NextInt32(4), PatchRank = 1 + random.NextInt32(6), Covariance = (PatchCovariance)random.NextInt32(2), Residual = random.NextInt32(2) == 0,
                    Dictionary = (PatchDictionary)random.NextInt32(2), Budget = budget, ReferenceRank = 5 + random.NextInt32(6), Payload = payload, FitSamples = 100,
                };
            default:
                return new CompressedBufferOptions
                {
                    Codec = (ImageCodecKind)random.NextInt32(5), Quality = 1 + random.NextInt32(100), Downscale = 1 + random.NextInt32(2),
                    PerTask = budget == GeneratorBudget.ByteEqual ? TaskQuota.ByteEqual : TaskQuota.ScalarEqual, ReferenceRank = 3 + random.NextInt32(6),
                };
        }
    }

    [Fact]
    public void Payload_bytes_are_the_bytes_of_the_arrays_and_scalars_their_numbers() => Prop.ForAll<int>(seed =>
    {
        var random = new RandomCursor(RandomStream.For((ulong)seed, "accounting"));
        ReplaySourceOptions options = Drawn(ref random);
        Assert.Empty(options.Problems("replay"));
        string file = Path.Combine(_folder, "memory.safetensors");
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = options }));
        for (int task = 0; task < 2; task++)
        {
            Toy.Train(learner, Toy.Task(task, 120), 1);
            learner.EndTask(Toy.Task(task, 120));
        }

        learner.Save(file);
        var saved = new CheckpointForgery(file);
        long bytes = 0, scalars = 0;
        foreach ((string name, (ElementType _, long[] shape, byte[] content)) in saved.Arrays)
        {
            // fits are labels and headers; scales belong to the payload of packed numbers and are no numbers of the generator
            if (name.Split('.')[0] is not ("generator" or "dictionary" or "compressed") || name.EndsWith(".fit", StringComparison.Ordinal))
                continue;
            bytes += content.Length;
            scalars += name.EndsWith(".scales", StringComparison.Ordinal) ? 0 : shape.Aggregate(1L, (product, size) => product * size);
        }

        if (options is ClusteredSvdGeneratorOptions)
        {
            // where a class has several generators their weights are counted, which the fits hold
            int weights = saved.Arrays.Keys.Where(key => key.EndsWith(".fit", StringComparison.Ordinal)).Select(saved.Integers)
                .GroupBy(fit => (fit[0], fit[1])).Where(group => group.Count() > 1).Sum(group => group.Count());
            bytes += sizeof(int) * weights;
            scalars += weights;
        }

        Assert.Equal((bytes, scalars), (learner.Memory.PayloadBytes, learner.Memory.Scalars));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
}
