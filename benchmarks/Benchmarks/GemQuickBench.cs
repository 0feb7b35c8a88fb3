using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Models;

namespace Engram.Benchmarks;

/// <summary>
/// Steps of the gradient-constrained strategies after a number of past tasks, 256 memories each, MLP 784-100-100-10, batch 10: GEM, the sum of its references without a
/// projection (the passes alone), mGEM, also with the diagonal solver, A-GEM with a reference batch of 256, and A-GEM within modules. Medians of turns. Options: --rounds N, --threads N, --tasks N (19), --clock wall|cpu.
/// </summary>
internal static class GemQuickBench
{
    private const int Input = 784, Memories = 256, Batch = 10;

    public static int Run(string[] args)
    {
        int threads = Options.Number(args, "--threads", 1), rounds = Options.Number(args, "--rounds", 11), tasks = Options.Number(args, "--tasks", 19);
        bool ownTime = Options.Text(args, "--clock") == "cpu";
        Device device = Device.Cpu(threads);
        Console.WriteLine($"device: {device.Name}; {tasks} past tasks; medians of {rounds} turns, {(ownTime ? "processor" : "wall")} time");
        ReplaySourceOptions memory() => new BufferOptions { Storage = BufferStorage.TaskRing, PerTask = Memories };
        AGemOptions agem(ConstraintOptions constraint) => new() { Replay = memory(), ReplayBatch = Memories, Constraint = constraint };
        (string Name, StrategyOptions Strategy)[] arms =
        [
            ("fine-tune", new FineTuneOptions()),
            ("gem", new GemOptions { Replay = memory() }),
            ("replay-sum", new ReplaySumOptions { Replay = memory() }),
            ("mgem, 2 modules", new MGemOptions { Replay = memory(), Partition = ParameterPartition.EqualSlices }),
            ("mgem, diagonal", new MGemOptions { Replay = memory(), Partition = ParameterPartition.EqualSlices, Solver = DualMethod.Diagonal }),
            ("mgem, random", new MGemOptions { Replay = memory(), Partition = ParameterPartition.Random }),
            ("a-gem", agem(new AgemConstraintOptions())),
            ("p-a-mgem, slices", agem(new ModularAgemConstraintOptions())),
            ("p-a-mgem, random", agem(new ModularAgemConstraintOptions { Partition = ParameterPartition.Random })),
        ];
        var random = new Random(1);
        float[] pool = [.. Enumerable.Range(0, 40 * Batch * Input).Select(_ => random.NextSingle())];
        int[] labels = [.. Enumerable.Range(0, 40 * Batch).Select(_ => random.Next(10))];
        Learner[] learners = [.. arms.Select(arm => Build(device, arm.Strategy, tasks, pool, labels))];
        var seconds = new double[arms.Length][];
        for (int k = 0; k < arms.Length; k++)
            seconds[k] = new double[rounds];
        for (int round = -2; round < rounds; round++)
        {
            for (int k = 0; k < arms.Length; k++)
            {
                int at = (round + 2) % 40;
                double start = ThreadClock.Now(ownTime);
                Step(learners[k], pool, labels, at);
                if (round >= 0)
                    seconds[k][round] = ThreadClock.Now(ownTime) - start;
            }
        }

        for (int k = 0; k < arms.Length; k++)
        {
            Console.WriteLine(FormattableString.Invariant($"{arms[k].Name,-18} {Options.Median(seconds[k]) * 1e3,9:F3} ms"));
            learners[k].Dispose();
        }

        return 0;
    }

    private static Learner Build(Device device, StrategyOptions strategy, int tasks, float[] pool, int[] labels)
    {
        var learner = new Learner(new LearnerOptions
        {
            Model = new Mlp(new MlpOptions { Input = ImageShape.Flat(Input), Hidden = [100, 100], Outputs = 10 }),
            Optimizer = new SgdOptions { LearningRate = 0.0001 },
            Strategy = strategy,
            Device = device,
        });
        for (int task = 0; task < tasks; task++)
        {
            // whole memories in one batch: the steps on the way cost nothing worth waiting for
            learner.Observe(new Engram.ContinualLearning.Batch(pool.AsSpan(0, Memories * Input), labels.AsSpan(0, Memories)));
            learner.EndTask();
        }

        Step(learner, pool, labels, 0);
        return learner;
    }

    private static void Step(Learner learner, float[] pool, int[] labels, int at) =>
        learner.Observe(new Engram.ContinualLearning.Batch(pool.AsSpan(at * Batch * Input, Batch * Input), labels.AsSpan(at * Batch, Batch)));
}
