using Engram.Data;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Models;

namespace Engram.ContinualLearning.Tests;

/// <summary>Small tasks that a small network learns in a few steps: 4×5 images in 4 classes, each a bright row, shifted from task to task.</summary>
internal static class Toy
{
    public const int Features = 20;
    public const int Classes = 4;

    public static ImageSet Task(int task, int count, ulong seed = 1, int classes = Classes, int firstClass = 0)
    {
        var random = new RandomCursor(RandomStream.For(seed, "toy", (ulong)task));
        var pixels = new byte[count * Features];
        var labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = firstClass + i % classes;
            for (int p = 0; p < Features; p++)
            {
                bool bright = p / 5 == (labels[i] + task) % 4;
                pixels[i * Features + p] = (byte)((bright ? 150 : 20) + random.NextInt32(90));
            }
        }

        return new ImageSet($"toy {task}", pixels, labels, 4, 5, 1, Classes);
    }

    public static Mlp Model() => new(new MlpOptions { Input = new ImageShape(1, 4, 5), Hidden = [16], Outputs = Classes });

    public static LearnerOptions Options(StrategyOptions strategy, OptimizerOptions? optimizer = null, ulong seed = 7) => new()
    {
        Model = Model(),
        Strategy = strategy,
        Optimizer = optimizer ?? new SgdOptions { LearningRate = 0.1f },
        Seed = seed,
    };

    /// <summary>Observes consecutive batches of a set, in order and around the end.</summary>
    public static StepReport Train(Learner learner, ImageSet images, int steps, int batch = 8, int start = 0)
    {
        var x = new float[batch * Features];
        var y = new int[batch];
        var indices = new int[batch];
        StepReport report = default;
        for (int step = start; step < start + steps; step++)
        {
            for (int i = 0; i < batch; i++)
                indices[i] = (step * batch + i) % images.Count;
            images.CopyTo(indices, x, y);
            report = learner.Observe(new Batch(x, y));
        }

        return report;
    }

    /// <summary>One strategy of every kind, with every memory.</summary>
    public static IEnumerable<(string Name, StrategyOptions Options)> Strategies()
    {
        yield return ("finetune", new FineTuneOptions());
        yield return ("finetune half", new FineTuneOptions { SavedTensors = SavedTensorsKind.Half });
        yield return ("joint", new JointOptions());
        yield return ("er reservoir", new ErOptions { Replay = new BufferOptions { Capacity = 30 } });
        yield return ("er ring half", new ErOptions { Replay = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 5, Payload = SamplePayload.Half } });
        yield return ("er task-end balanced", new ErOptions { ReplayBatch = 5, Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12, Payload = SamplePayload.Float, Retrieval = BufferRetrieval.ClassBalanced } });
        yield return ("er collected", new ErOptions { Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12, CollectFromStream = true } });
        yield return ("er generators", new ErOptions { Replay = new SvdGeneratorOptions { Rank = 3, FitSamples = 40 } });
        yield return ("er generators lean int8", new ErOptions { Replay = new SvdGeneratorOptions { Rank = 3, FitSamples = 20, FitScope = FitSampleScope.PerClass, Form = GeneratorForm.Lean, Payload = GeneratorPayload.Int8, Clamp = true } });
        yield return ("er generators collected", new ErOptions { Replay = new SvdGeneratorOptions { Rank = 2, FitSamples = 30, Payload = GeneratorPayload.Float16, CollectFromStream = true } });
        yield return ("er clustered", new ErOptions { Replay = new ClusteredSvdGeneratorOptions { Clusters = 2, ReferenceRank = 3, FitSamples = 60 } });
        yield return ("er affine patches int8", new ErOptions { Replay = new ClusteredSvdGeneratorOptions { Clusters = 3, Partition = ClusterPartition.AffinePatches, Budget = GeneratorBudget.ByteEqual, Payload = GeneratorPayload.Int8, FitSamples = 60, CollectFromStream = true, Clamp = true } });
        yield return ("er compressed dct", new ErOptions { Replay = new CompressedBufferOptions { PerTask = 20, CollectFromStream = true } });
        yield return ("er compressed predictive", new ErOptions { Replay = new CompressedBufferOptions { Codec = ImageCodecKind.Predictive, ReferenceRank = 2, ReferencePayload = GeneratorPayload.Int8 } });
        yield return ("er compressed deflate smaller", new ErOptions { Replay = new CompressedBufferOptions { Codec = ImageCodecKind.Deflate, Height = 3, Width = 4, PerTask = 30 } });
        yield return ("er compressed brotli", new ErOptions { Replay = new CompressedBufferOptions { Codec = ImageCodecKind.Brotli, PerTask = 30 } });
        yield return ("er patches joint int8", new ErOptions { Replay = new PatchSvdGeneratorOptions { Patch = 2, PatchRank = 3, Budget = GeneratorBudget.ByteEqual, Payload = GeneratorPayload.Int8, FitSamples = 60, Clamp = true } });
        yield return ("er patches by position", new ErOptions { Replay = new PatchSvdGeneratorOptions { Patch = 3, Stride = 2, PatchRank = 2, Covariance = PatchCovariance.Position, Dictionary = PatchDictionary.Class, Payload = GeneratorPayload.Float16, FitSamples = 60, CollectFromStream = true } });
        yield return ("agem reservoir", new AGemOptions { Replay = new BufferOptions { Capacity = 30 } });
        yield return ("agem ring", new AGemOptions { ReplayBatch = 16, Replay = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 5 } });
        yield return ("agem modular task-end", new AGemOptions { Constraint = new ModularAgemConstraintOptions { Modules = 3 }, Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 } });
        yield return ("agem modules at random", new AGemOptions { Constraint = new ModularAgemConstraintOptions { Partition = ParameterPartition.Random, Modules = 4, PartitionSeed = 3 }, Replay = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 3 } });
        yield return ("agem generators", new AGemOptions { Replay = new SvdGeneratorOptions { Rank = 3, FitSamples = 40 } });
        yield return ("gem", new GemOptions { Replay = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 20 } });
        yield return ("gem descent by violation rate", new GemOptions { Memories = 10, Solver = DualMethod.CoordinateDescent, Form = StrengthForm.AddToDual, Strength = 0.2, Schedule = new() { Kind = StrengthScheduleKind.ByViolationRate }, Replay = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 20 } });
        yield return ("gem margin always reservoir", new GemOptions { Form = StrengthForm.Margin, Strength = 0.1, Trigger = ConstraintTrigger.Always, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("s-gem modules", new SGemOptions { Memories = 8, Constraint = new ModularAgemConstraintOptions { Partition = ParameterPartition.Layers }, Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 } });
        yield return ("mgem layers", new MGemOptions { Partition = ParameterPartition.Layers, Replay = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 12 } });
        yield return ("mgem classes of generators", new MGemOptions { Memories = 16, Modules = 1, DataGroups = 3, DataPartition = DataPartition.ByClass, Solver = DualMethod.OneSweep, Replay = new SvdGeneratorOptions { Rank = 3, FitSamples = 40 } });
        yield return ("mgem at random diagonal", new MGemOptions { Partition = ParameterPartition.Random, Modules = 3, DataGroups = 2, Solver = DualMethod.Diagonal, Trigger = ConstraintTrigger.Any, Replay = new BufferOptions { Storage = BufferStorage.TaskEnd, PerTask = 12 } });
        yield return ("gem diagonal compared", new GemOptions { Solver = DualMethod.Diagonal, CompareEvery = 2, Replay = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 12 } });
        yield return ("ewc", new EwcOptions { Samples = 10 });
        yield return ("ewc online", new EwcOptions { Strength = 2, Samples = 10, Decay = 0.5, Labels = FisherLabels.Model });
        yield return ("independent", new SeparateOptions());
        yield return ("multimodal", new SeparateOptions { Part = SeparatePart.InputLayer });
        yield return ("mir", new MirOptions { ReplayBatch = 4, Candidates = 12, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("mir taylor ring", new MirOptions { Scoring = LossChangeMethod.Taylor, Candidates = 12, FinishedTasksOnly = true, Replay = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 5 } });
        yield return ("imir last layer generators", new ImirOptions { Scoring = LossChangeMethod.LastLayer, Candidates = 20, Replay = new SvdGeneratorOptions { Rank = 3, FitSamples = 40 } });
        yield return ("balanced", new BalancedRetrievalOptions { Candidates = 16, Conflicting = 3, Aligned = 3, Ties = TieBreak.ClassBalanced, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("balanced proxies cosine", new BalancedRetrievalOptions { Candidates = 12, Conflicting = 2, Aligned = 2, Random = 1, Scoring = LossChangeMethod.PerSample, Criterion = ConflictCriterion.Cosine, Loss = ReplayLoss.ProxyContrastive, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("er-ace", new ErAceOptions { Replay = new BufferOptions { Capacity = 30 } });
        yield return ("der++", new DerOptions { ReplayBatch = 5, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("der ring", new DerOptions { Beta = 0, Alpha = 0.3, Replay = new BufferOptions { Storage = BufferStorage.Ring, PerClass = 5 } });
        yield return ("pcr", new PcrOptions { Replay = new BufferOptions { Capacity = 30 } });
        yield return ("balanced contrast", new BalancedRetrievalOptions { Candidates = 12, Conflicting = 2, Aligned = 2, Loss = ReplayLoss.SupervisedContrastive, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("mir contrast", new MirOptions { ReplayBatch = 4, Candidates = 10, Temperature = 0.3, Loss = ReplayLoss.SupervisedContrastive, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("balanced distilled", new BalancedRetrievalOptions { Candidates = 12, Conflicting = 2, Aligned = 2, Distillation = new() { Logits = 0.1, Lwf = 0.5 }, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("balanced proxies lwf packed", new BalancedRetrievalOptions { Candidates = 12, Conflicting = 2, Aligned = 2, Loss = ReplayLoss.ProxyContrastive, Distillation = new() { Lwf = 0.5 }, Expansion = new() { RetrainSteps = 5, Test = PackNetTest.Whole }, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("er packed", new ErOptions { Expansion = new() { RetrainSteps = 3, Tasks = 2, Keep = 0.3 }, Replay = new BufferOptions { Capacity = 30 } });
        yield return ("replay-sum", new ReplaySumOptions { Strength = 0.2, Normalization = StrengthNormalization.Mean, Replay = new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = 12 } });
    }

    public static StrategyOptions Strategy(string name) => Strategies().Single(strategy => strategy.Name == name).Options;

    public static TheoryData<string> StrategyNames()
    {
        var names = new TheoryData<string>();
        foreach ((string name, _) in Strategies())
            names.Add(name);
        return names;
    }
}
