using System.Text;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

public sealed class ResumeTests : IDisposable
{
    private const int TaskCount = 3, StepsPerTask = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("engram-resume-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach ((string name, _) in Toy.Strategies())
        {
            foreach (string optimizer in (string[])["sgd", "momentum", "adam"])
                cases.Add(name, optimizer);
        }

        return cases;
    }

    private static OptimizerOptions Optimizer(string name) => name switch
    {
        "sgd" => new SgdOptions { LearningRate = 0.05f },
        "momentum" => new SgdOptions { LearningRate = 0.02f, Momentum = 0.9f, Nesterov = true, WeightDecay = 1e-4f },
        _ => new AdamOptions { LearningRate = 0.01f },
    };

    // events: per task a beginning, its batches, its end
    private static void Play(Learner learner, int first, int end)
    {
        for (int e = first; e < end; e++)
        {
            int task = e / (StepsPerTask + 2), at = e % (StepsPerTask + 2);
            ImageSet images = Toy.Task(task, 60);
            if (at == 0)
                learner.BeginTask(new TaskInfo { Name = $"task {task}" });
            else if (at <= StepsPerTask)
                Toy.Train(learner, images, 1, start: at - 1);
            else if (learner.Options.Strategy.Memory is { CollectFromStream: true })
                learner.EndTask();
            else
                learner.EndTask(images);
        }
    }

    private static string State(Learner learner)
    {
        var text = new StringBuilder();
        text.AppendJoin(' ', learner.Values.ToArray().Select(BitConverter.SingleToInt32Bits));
        text.Append($" | {learner.Steps} {learner.Tasks.Count} {learner.TaskRunning} {learner.Memory}");
        return text.ToString();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_learner_saved_and_loaded_after_any_event_continues_bit_for_bit(string strategy, string optimizer)
    {
        const int events = TaskCount * (StepsPerTask + 2);
        LearnerOptions options = Toy.Options(Toy.Strategy(strategy), Optimizer(optimizer));
        string expected;
        using (var whole = new Learner(options))
        {
            Play(whole, 0, events);
            expected = State(whole);
        }

        string file = Path.Combine(_folder, "learner.safetensors");
        using var saving = new Learner(options);
        for (int e = 0; e <= events; e += optimizer == "sgd" ? 1 : 4)
        {
            Play(saving, e - (optimizer == "sgd" ? 1 : 4) is var from and >= 0 ? from : 0, e);
            saving.Save(file);
            using Learner loaded = Learner.Load(file, Toy.Model());
            Assert.Equal(State(saving), State(loaded));
            Assert.Equal((options.Strategy, options.Optimizer, options.Seed), (loaded.Options.Strategy, loaded.Options.Optimizer, loaded.Options.Seed));
            Play(loaded, e, events);
            Assert.Equal(expected, State(loaded));
        }
    }

    [Fact]
    public void A_masked_learner_resumes_with_its_tasks_classes()
    {
        LearnerOptions options = Toy.Options(new ErOptions { Replay = new BufferOptions { Capacity = 20 } }) with { Head = HeadPolicy.Masked };
        string file = Path.Combine(_folder, "masked.safetensors");
        using var learner = new Learner(options);
        for (int task = 0; task < 2; task++)
        {
            learner.BeginTask(new TaskInfo { Classes = [2 * task, 2 * task + 1] });
            Toy.Train(learner, Toy.Task(0, 80, classes: 2, firstClass: 2 * task), 4);
            if (task == 0)
                learner.EndTask();
        }

        learner.Save(file);
        using Learner loaded = Learner.Load(file, Toy.Model());
        Toy.Train(learner, Toy.Task(0, 80, classes: 2, firstClass: 2), 4);
        Toy.Train(loaded, Toy.Task(0, 80, classes: 2, firstClass: 2), 4);
        Assert.Equal(State(learner), State(loaded));
        Assert.Equal(HeadPolicy.Masked, loaded.Options.Head);
    }

    [Theory]
    [MemberData(nameof(Toy.StrategyNames), MemberType = typeof(Toy))]
    public void The_number_of_threads_changes_nothing(string strategy)
    {
        using Device two = Device.Cpu(2);
        string State2(Device? device)
        {
            // wide enough that products and projections are shared among threads
            var model = new Mlp(new MlpOptions { Input = new ImageShape(1, 4, 5), Hidden = [300, 300], Outputs = Toy.Classes });
            using var learner = new Learner(Toy.Options(Toy.Strategy(strategy)) with { Model = model, Device = device });
            for (int task = 0; task < 2; task++)
            {
                Toy.Train(learner, Toy.Task(task, 80), 25);
                learner.EndTask(Toy.Task(task, 80));
            }

            return State(learner);
        }

        Assert.Equal(State2(null), State2(two));
    }

    [Fact]
    public void A_truncated_file_and_a_flipped_bit_are_found()
    {
        string file = Saved(out byte[] bytes);
        foreach (int length in new[] { 0, 5, bytes.Length / 3, bytes.Length - 1 })
        {
            File.WriteAllBytes(file, bytes[..length]);
            Exception error = Assert.ThrowsAny<Exception>(() => Learner.Load(file, Toy.Model()));
            Assert.True(error is CheckpointException or Formats.TensorFormatException, $"{length}: {error}");
            Assert.Contains(file, error.Message);
        }

        var random = new RandomCursor(RandomStream.For(1, "flips"));
        for (int flip = 0; flip < 200; flip++)
        {
            var damaged = (byte[])bytes.Clone();
            int at = random.NextInt32(bytes.Length);
            damaged[at] ^= (byte)(1 << random.NextInt32(8));
            File.WriteAllBytes(file, damaged);
            try
            {
                using Learner loaded = Learner.Load(file, Toy.Model());
            }
            catch (Exception error) when (error is CheckpointException or Formats.TensorFormatException)
            {
                Assert.Contains(file, error.Message);
            }
        }
    }

    [Fact]
    public void A_flipped_bit_in_the_arrays_is_damage()
    {
        string file = Saved(out byte[] bytes);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        string message = Assert.Throws<CheckpointException>(() => Learner.Load(file, Toy.Model())).Message;
        Assert.Contains("digest", message);
        Assert.Contains("older checkpoint", message);
    }

    [Fact]
    public void Another_model_and_another_kind_of_file_are_named()
    {
        string file = Saved(out _);
        var other = new Mlp(new MlpOptions { Input = ImageShape.Flat(Toy.Features), Hidden = [17], Outputs = Toy.Classes });
        string message = Assert.Throws<CheckpointException>(() => Learner.Load(file, other)).Message;
        Assert.Contains("20-17-4", message);
        Assert.Contains("20-16-4", message);
        var writer = new Formats.SafetensorsWriter();
        writer.Add("0.weight", [2], new float[2]);
        writer.Save(file);
        Assert.Contains("no checkpoint of a learner", Assert.Throws<CheckpointException>(() => Learner.Load(file, Toy.Model())).Message);
    }

    [Fact]
    public void Parameters_stand_in_the_file_under_their_pytorch_names()
    {
        string file = Saved(out _);
        using var tensors = Formats.SafetensorsFile.Open(file);
        Assert.Equal([16L, 20L], tensors.Require("model.0.weight").Shape.ToArray());
        Assert.Equal([4L], tensors.Require("model.2.bias").Shape.ToArray());
    }

    private string Saved(out byte[] bytes)
    {
        string file = Path.Combine(_folder, "saved.safetensors");
        using var learner = new Learner(Toy.Options(Toy.Strategy("er reservoir")));
        Toy.Train(learner, Toy.Task(0, 60), 5);
        learner.Save(file);
        bytes = File.ReadAllBytes(file);
        return file;
    }
}
