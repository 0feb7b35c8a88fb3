using Engram.Data;
using Engram.Kernels;

namespace Engram.ContinualLearning.Tests;

/// <summary>Checkpoints of generator memories that were changed on purpose, digest included: refused by name, or a memory that works.</summary>
public sealed class HostileMemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engram-hostile-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly Dictionary<string, ReplaySourceOptions> Memories = new()
    {
        ["single"] = new SvdGeneratorOptions { Rank = 3, FitSamples = 40 },
        ["single lean int8"] = new SvdGeneratorOptions { Rank = 3, FitSamples = 40, Form = GeneratorForm.Lean, Payload = GeneratorPayload.Int8 },
        ["clustered"] = new ClusteredSvdGeneratorOptions { Clusters = 2, ReferenceRank = 3, FitSamples = 60 },
        ["clustered affine int8"] = new ClusteredSvdGeneratorOptions
        {
            Clusters = 3, Partition = ClusterPartition.AffinePatches, Budget = GeneratorBudget.ByteEqual, Payload = GeneratorPayload.Int8, FitSamples = 60,
        },
        ["patches joint int8"] = new PatchSvdGeneratorOptions { Patch = 2, PatchRank = 3, Budget = GeneratorBudget.ByteEqual, Payload = GeneratorPayload.Int8, FitSamples = 60 },
        ["patches joint bare"] = new PatchSvdGeneratorOptions { Patch = 3, PatchRank = 4, Budget = GeneratorBudget.None, JointRank = 2, Residual = false, FitSamples = 60 },
        ["patches by position"] = new PatchSvdGeneratorOptions
        {
            Patch = 3, Stride = 2, PatchRank = 2, Covariance = PatchCovariance.Position, Dictionary = PatchDictionary.Class, Payload = GeneratorPayload.Float16, FitSamples = 60,
        },
    };

    public static TheoryData<string> Names() => [.. Memories.Keys];

    private string Saved(string name)
    {
        string file = Path.Combine(_folder, "good.safetensors");
        using var learner = new Learner(Toy.Options(new ErOptions { Replay = Memories[name] }));
        for (int task = 0; task < 2; task++)
        {
            Toy.Train(learner, Toy.Task(task, 60), 2);
            learner.EndTask(Toy.Task(task, 60));
        }

        learner.Save(file);
        return file;
    }

    private static bool IsOfMemory(string array) => array.StartsWith("generator.", StringComparison.Ordinal) || array.StartsWith("dictionary.", StringComparison.Ordinal);

    // null when the file loads; then the learner must go on, and a memory that lies about sizes would throw or read outside
    private string? Refusal(CheckpointForgery forgery)
    {
        string file = Path.Combine(_folder, "forged.safetensors");
        forgery.Save(file);
        Learner learner;
        try
        {
            learner = Learner.Load(file, Toy.Model());
        }
        catch (CheckpointException e)
        {
            Assert.Contains(file, e.Message);
            return e.Message;
        }

        using (learner)
        {
            ImageSet images = Toy.Task(2, 60);
            Toy.Train(learner, images, 2);
            learner.EndTask(images);
            learner.Save(file);
        }

        return null;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_unchanged_forgery_loads(string name) => Assert.Null(Refusal(new CheckpointForgery(Saved(name))));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_array_that_is_missing_shorter_or_of_another_type_is_named(string name)
    {
        string file = Saved(name);
        string[] arrays = [.. new CheckpointForgery(file).Arrays.Keys.Where(IsOfMemory)];
        Assert.NotEmpty(arrays);
        foreach (string array in arrays)
        {
            var forgery = new CheckpointForgery(file);
            if (forgery.Shorten(array))
                Assert.Contains(array, Refusal(forgery));
            forgery = new CheckpointForgery(file);
            forgery.Retype(array);
            Assert.Contains(array, Refusal(forgery));
            forgery = new CheckpointForgery(file);
            forgery.Arrays.Remove(array);
            Assert.Contains(array, Refusal(forgery));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_counter_out_of_range_is_refused_and_any_other_gives_a_memory_that_works(string name)
    {
        string file = Saved(name);
        var good = new CheckpointForgery(file);
        string[] counters = [.. good.Counters.Select(c => c.Key).Where(key => key.StartsWith("patches.", StringComparison.Ordinal) || key == "generators" || IsOfMemory(key))];
        Assert.NotEmpty(counters);
        foreach (string counter in counters)
        {
            long true_ = good.Counters[counter]!.GetValue<long>();
            foreach (long value in new[] { -1, 0, true_ - 1, true_ + 1, int.MaxValue, 1L + int.MaxValue, long.MinValue, long.MaxValue })
            {
                var forgery = new CheckpointForgery(file);
                forgery.Counters[counter] = value;
                string? refusal = Refusal(forgery);
                Assert.True(refusal is not null || (value >= 0 && value < true_), $"{counter} = {value} instead of {true_} was taken");
            }

            var without = new CheckpointForgery(file);
            without.Counters.Remove(counter);
            Assert.Contains(counter, Refusal(without));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Tasks_classes_ranks_and_dictionaries_out_of_range_are_refused_and_any_other_gives_a_memory_that_works(string name)
    {
        string file = Saved(name);
        var good = new CheckpointForgery(file);
        foreach (string fit in good.Arrays.Keys.Where(key => key.EndsWith(".fit", StringComparison.Ordinal)))
        {
            int[] values = good.Integers(fit);
            for (int i = 0; i < values.Length; i++)
            {
                foreach (int value in new[] { -1, 0, values[i] - 1, values[i] + 1, 1_000_000, int.MaxValue, int.MinValue })
                {
                    var forgery = new CheckpointForgery(file);
                    forgery.SetInteger(fit, i, value);
                    // the number of samples is the only one whose true value nothing else in the file shows
                    string? refusal = Refusal(forgery);
                    Assert.True(refusal is not null || i == 2 || (value >= 0 && value <= values[i] + 1), $"{fit}[{i}] = {value} instead of {values[i]} was taken");
                    if (i == 2 && value < 1)
                        Assert.NotNull(refusal);
                }
            }
        }
    }

    [Theory]
    [InlineData("patches by position")]
    [InlineData("clustered")]
    public void Generators_out_of_order_or_twice_are_refused(string name)
    {
        string file = Saved(name);
        var forgery = new CheckpointForgery(file);
        string last = forgery.Arrays.Keys.Last(key => key.EndsWith(".fit", StringComparison.Ordinal));
        forgery.SetInteger(last, 0, 0); // the last generator of task 1 would now be of task 0, after generators of task 1
        Assert.Contains("by task and class", Refusal(forgery));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cut_file_and_a_flipped_bit_give_the_named_error_or_a_memory_that_works(string name)
    {
        string file = Saved(name), damaged = Path.Combine(_folder, "damaged.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        var random = new RandomCursor(RandomStream.For(3, "damage"));
        for (int i = 0; i < 60; i++)
        {
            byte[] changed = i < 20 ? bytes[..random.NextInt32(bytes.Length)] : [.. bytes];
            if (i >= 20)
                changed[random.NextInt32(bytes.Length)] ^= (byte)(1 << random.NextInt32(8));
            File.WriteAllBytes(damaged, changed);
            try
            {
                using Learner loaded = Learner.Load(damaged, Toy.Model());
                Assert.True(i >= 20, $"{changed.Length} of {bytes.Length} bytes were taken");
                Toy.Train(loaded, Toy.Task(2, 60), 1);
            }
            catch (Exception e) when (e is CheckpointException or Formats.TensorFormatException)
            {
                Assert.Contains(damaged, e.Message);
            }
        }
    }
}
