using Engram.Autograd;
using Engram.Data;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

/// <summary>Learners whose networks have running statistics or dropout: steps, evaluation, checkpoints.</summary>
public class RunningStatisticsTests
{
    private static Model ResNet() => new ResNet18Options { Width = 2, Input = new ImageShape(1, 4, 5), Outputs = Toy.Classes }.Create();

    private static Model Vit() => new VisionTransformerOptions { Patch = 1, Width = 32, Depth = 1, Heads = 2, MlpHidden = 64, Dropout = 0.2, Input = new ImageShape(1, 4, 5), Outputs = Toy.Classes }.Create();

    private static LearnerOptions Options(StrategyOptions strategy, Model model) => Toy.Options(strategy) with { Model = model };

    [Fact]
    public void Every_differentiated_batch_moves_the_statistics_and_no_evaluated_one_does()
    {
        using var learner = new Learner(Options(new AGemOptions { Replay = new BufferOptions { Capacity = 30 } }, ResNet()));
        Parameter counter = learner.Model.State["bn1.num_batches_tracked"];
        Toy.Train(learner, Toy.Task(0, 80), 4);
        Assert.Equal(4, counter.Of(learner.State).ToScalar());
        learner.EndTask(Toy.Task(0, 80));
        Toy.Train(learner, Toy.Task(1, 80), 3); // the batch and the reference batch
        Assert.Equal(4 + (2 * 3), counter.Of(learner.State).ToScalar());
        float[] before = learner.State.ToArray();
        learner.Evaluate(Toy.Task(1, 80));
        learner.Predict(new float[3 * Toy.Features], 3, new float[3 * Toy.Classes]);
        Assert.Equal(before, learner.State.ToArray());
    }

    [Theory]
    [InlineData("resnet")]
    [InlineData("vit with dropout")]
    public void A_learner_continues_from_its_file_bit_for_bit(string kind)
    {
        Func<Model> create = kind == "resnet" ? ResNet : Vit;
        string path = Path.Combine(Path.GetTempPath(), $"statistics-{Guid.NewGuid():N}.safetensors");
        try
        {
            using var learner = new Learner(Options(new AGemOptions { Replay = new BufferOptions { Capacity = 30 } }, create()));
            Toy.Train(learner, Toy.Task(0, 80), 5);
            learner.EndTask(Toy.Task(0, 80));
            Toy.Train(learner, Toy.Task(1, 80), 3);
            learner.Save(path);
            using Learner loaded = Learner.Load(path, create());
            Toy.Train(learner, Toy.Task(1, 80), 4, start: 3);
            Toy.Train(loaded, Toy.Task(1, 80), 4, start: 3);
            Assert.Equal(learner.Values.ToArray(), loaded.Values.ToArray());
            Assert.Equal(learner.State.IsEmpty, kind != "resnet");
            if (kind == "resnet")
                Assert.Equal(learner.State.ToArray(), loaded.State.ToArray());
            Assert.Equal(learner.Evaluate(Toy.Task(1, 80)), loaded.Evaluate(Toy.Task(1, 80)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_step_that_fails_leaves_the_statistics_as_they_were()
    {
        using var learner = new Learner(Options(new FineTuneOptions(), ResNet()) with { CheckInputs = false });
        Toy.Train(learner, Toy.Task(0, 40), 3);
        float[] values = learner.Values.ToArray(), state = learner.State.ToArray();
        var x = new float[2 * Toy.Features];
        x[3] = float.NaN;
        Assert.Throws<DivergenceException>(() => learner.Observe(new Batch(x, [0, 1])));
        Assert.Equal(values, learner.Values.ToArray());
        Assert.Equal(state, learner.State.ToArray());
        // the last stage's images are single pixels: one sample has no variance there
        Assert.Contains("batch norm", Assert.Throws<ArgumentException>(() => learner.Observe(new Batch(new float[Toy.Features], [0]))).Message);
        Assert.Equal(state, learner.State.ToArray());
        Assert.Equal(3, learner.Steps);
    }

    [Theory]
    [InlineData("resnet")]
    [InlineData("vit with dropout")]
    public void Small_tasks_are_learned_and_a_step_allocates_nothing(string kind)
    {
        LearnerOptions options = Options(new ErOptions { Replay = new BufferOptions { Capacity = 30 } }, kind == "resnet" ? ResNet() : Vit());
        // so small a transformer stays at chance for long under plain SGD
        using var learner = new Learner(kind == "resnet" ? options : options with { Optimizer = new AdamOptions { LearningRate = 0.001f } });
        ImageSet images = Toy.Task(0, 80);
        Toy.Train(learner, images, kind == "resnet" ? 200 : 1500); // at this rate eight of eight seeds reach 1
        Assert.InRange(learner.Evaluate(images).ClassIncremental, 0.9, 1);
        var x = new float[8 * Toy.Features];
        var y = new int[8];
        images.CopyTo([0, 1, 2, 3, 4, 5, 6, 7], x, y);
        long least = long.MaxValue;

        // code that the runtime has not optimized yet allocates: on a busy machine its background compiler is late
        for (int window = 0; window < 100 && least > 0; window++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < 20; step++)
                learner.Observe(new Batch(x, y));
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
