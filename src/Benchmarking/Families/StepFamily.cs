using System.Numerics.Tensors;
using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Models;

namespace Engram.Benchmarking.Families;

/// <summary>
/// Whole training steps through <see cref="Learner.Observe"/>: check and copy the batch, forward, backward, what the strategy does to the gradient, SGD. After
/// the first step gradient and parameters are compared with the twin's. The rung <c>device entries</c> is the same step without tape, staging and checks.
/// </summary>
public sealed class StepFamily : IWorkloadFamily
{
    private const int Input = 784, Classes = 10, Capacity = 5000, PastTasks = 19, Memories = 256;
    private const float Rate = 0.001f;
    private const double StepTolerance = 1e-4;
    private const double Strength = 0.5; // the default of GEM and of the sum of references

    private static readonly int[] Wide = [Input, 256, 256, Classes], Narrow = [Input, 100, 100, Classes];

    /// <summary>What becomes of the gradient [p] of the batch, given the gradients of the memories; in double precision.</summary>
    private delegate double[] Constraint(double[] gradient, double[][] references);

    /// <inheritdoc/>
    public string Name => "steps";

    /// <inheritdoc/>
    public string Description => "training steps of MLPs: plain, ER, A-GEM, GEM and its modular forms, beside PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
    [
        Plain(1), Plain(10, quick: true), Plain(32), Plain(128),
        AGem(10, quick: true), AGem(256),
        Er(),
        Gem("exact", new GemOptions { Replay = TaskMemory() }, Exact),
        Gem("diagonal", new GemOptions { Replay = TaskMemory(), Solver = DualMethod.Diagonal }, Diagonal),
        Gem("slices", new MGemOptions { Replay = TaskMemory(), Partition = ParameterPartition.EqualSlices }, (g, rows) => StepTwin.Halves(g, rows, Exact)),
        Gem("slices.diagonal", new MGemOptions { Replay = TaskMemory(), Partition = ParameterPartition.EqualSlices, Solver = DualMethod.Diagonal }, (g, rows) => StepTwin.Halves(g, rows, Diagonal)),
        Gem("random", new MGemOptions { Replay = TaskMemory(), Partition = ParameterPartition.Random }, (g, rows) => StepTwin.Halves(g, rows, Exact, RandomHalves())),
        Gem("sum", new ReplaySumOptions { Replay = TaskMemory() }, (g, rows) => rows.Aggregate(g, (sum, row) => StepTwin.Add(sum, row, Strength))),
        ModularAGem("slices", ParameterPartition.EqualSlices, () => null),
        ModularAGem("random", ParameterPartition.Random, RandomHalves),
    ];

    private static double[] Exact(double[] gradient, double[][] references) => StepTwin.Gem(gradient, references, Strength, diagonal: false);

    private static double[] Diagonal(double[] gradient, double[][] references) => StepTwin.Gem(gradient, references, Strength, diagonal: true);

    private static int[]? RandomHalves() => ParameterModules.Of(NewModel(Narrow).Parameters, ParameterPartition.Random, 2, 0).Order;

    private static Mlp NewModel(int[] widths) => new(new MlpOptions { Input = ImageShape.Flat(Input), Hidden = widths[1..^1], Outputs = Classes });

    private static BufferOptions TaskMemory() => new() { Storage = BufferStorage.TaskRing, PerTask = Memories };

    private static BufferOptions Reservoir() => new() { Storage = BufferStorage.Reservoir, Capacity = Capacity };

    private static WorkloadCase Plain(int batch, bool quick = false) => new($"steps/mlp-b{batch}", workspace =>
    {
        Stand stand = Make(workspace, Wide, new FineTuneOptions(), Classes);
        MlpEntries entries = workspace.Keep(new MlpEntries(workspace.Device, Wide, stand.Data.X(0, batch), stand.Data.Labels(0, batch), Rate));
        return Create(stand, batch, stand.Twin.StepFlops(batch), batch, [], (g, _) => g) with
        {
            Rungs = [new Contender("device entries", "", entries.Step, () => entries.Check(stand.Twin))],
            Python = Peers($"eager {batch} 0", $"lean {batch} 0"),
        };
    }, quick);

    // the rows of the memory and those of the task have labels of different halves: the gradients conflict in every step, as in the peer, which always projects
    private static WorkloadCase AGem(int reference, bool quick = false) => new($"steps/agem-b10r{reference}", workspace =>
    {
        Stand stand = Make(workspace, Wide, new AGemOptions { Replay = Reservoir(), ReplayBatch = reference }, Classes / 2);
        stand.Data.Remember(stand.Learner, 0, Classes - 1, Capacity);
        return Create(stand, 10, stand.Twin.StepFlops(10) + stand.Twin.StepFlops(reference), 10 + reference, [(0, Classes - 1)], (g, rows) => StepTwin.AGem(g, rows[0])) with
        {
            Python = Peers($"agem 10 {reference}"),
        };
    }, quick);

    private static WorkloadCase Er() => new("steps/er-b10r10", workspace =>
    {
        Stand stand = Make(workspace, Wide, new ErOptions { Replay = Reservoir(), ReplayBatch = 10 }, Classes);
        stand.Data.Remember(stand.Learner, 0, Classes - 1, Capacity);
        // one mean over both halves
        return Create(stand, 10, stand.Twin.StepFlops(20), 20, [(0, Classes - 1)], (g, rows) => StepTwin.Mean(g, rows[0])) with
        {
            Python = Peers("er 10 10"),
        };
    }, Quick: true);

    private static WorkloadCase Gem(string name, StrategyOptions options, Constraint constraint) => new($"steps/gem-t{PastTasks}-{name}", workspace =>
    {
        Stand stand = Make(workspace, Narrow, options, Classes / 2);
        (int Sample, int Label)[] memories = [.. Enumerable.Range(0, PastTasks).Select(task => (task, Classes / 2 + task % (Classes / 2)))];
        foreach ((int sample, int label) in memories)
            stand.Data.Remember(stand.Learner, sample, label, Memories);
        double products = PastTasks * (PastTasks + 3.0) * stand.Twin.Length; // the Gram matrix with the gradient, and its combination
        return Create(stand, 10, stand.Twin.StepFlops(10) + PastTasks * stand.Twin.StepFlops(Memories) + products, 10 + PastTasks * Memories, memories, constraint) with
        {
            Python = name switch
            {
                "random" or "sum" => [],
                "exact" => [.. Peers($"gem {PastTasks} {name}"), new PythonRequest("torch_step.py", $"gem {PastTasks} columns", Name: "PyTorch, columns")],
                _ => Peers($"gem {PastTasks} {name}"),
            },
        };
    });

    private static WorkloadCase ModularAGem(string name, ParameterPartition partition, Func<int[]?> order) => new($"steps/pamgem-t{PastTasks}-{name}", workspace =>
    {
        AGemOptions options = new() { Replay = TaskMemory(), ReplayBatch = Memories, Constraint = new ModularAgemConstraintOptions { Partition = partition, Modules = 2 } };
        Stand stand = Make(workspace, Narrow, options, Classes / 2);
        for (int task = 0; task < PastTasks; task++)
            stand.Data.Remember(stand.Learner, 0, Classes - 1, Memories); // the reference batch is drawn over all tasks, so they hold the same
        return Create(stand, 10, stand.Twin.StepFlops(10) + stand.Twin.StepFlops(Memories), 10 + Memories, [(0, Classes - 1)],
            (g, rows) => StepTwin.Halves(g, rows, (a, b) => StepTwin.AGem(a, b[0]), order())) with
        {
            Python = order() is null ? Peers($"pamgem 10 {Memories}") : [],
        };
    });

    private static IReadOnlyList<PythonRequest> Peers(params string[] requests) =>
        [.. requests.Select(request => new PythonRequest("torch_step.py", request, Name: request.StartsWith("lean", StringComparison.Ordinal) ? "PyTorch lean" : "PyTorch"))];

    private static Stand Make(Workspace workspace, int[] widths, StrategyOptions strategy, int classes)
    {
        Learner learner = workspace.Keep(new Learner(new LearnerOptions
        {
            Model = NewModel(widths),
            Optimizer = new SgdOptions { LearningRate = Rate },
            Strategy = strategy,
            Device = workspace.Device,
        }));
        return new Stand(learner, new StepData(Input, classes), new MlpTwin(widths), learner.Values.ToArray());
    }

    // rows: of the batch and of the memories together
    private static Workload Create(Stand stand, int batch, double flops, int rows, (int Sample, int Label)[] memories, Constraint constraint)
    {
        (Learner learner, StepData data, MlpTwin twin, float[] start) = stand;
        Device device = learner.Values.Device;
        return new Workload
        {
            Run = () => learner.Observe(data.Next(batch)),
            Reset = () => device.Upload<float>(start, learner.Values.View.Buffer, learner.Values.Layout.Offset),
            Check = () =>
            {
                double[] Constrained(OperandNoise? noise) => constraint(
                    twin.Gradient(start, data.X(data.Last, batch), data.Labels(data.Last, batch), noise), [.. memories.Select(one => twin.Gradient(start, data.X(one.Sample, 1), [one.Label], noise))]);
                float[] found = learner.Gradient.ToArray(), moved = learner.Values.ToArray();
                double apart = 0;
                for (int i = 0; i < moved.Length; i++)
                    apart = Math.Max(apart, Math.Abs(moved[i] - (start[i] - (double)Rate * found[i])) / Math.Max(1, Math.Abs(start[i])));
                // the step itself is float32 whatever products are
                return apart <= StepTolerance ? twin.Compare(device, found, Constrained) : new Deviation(apart, StepTolerance);
            },
            Flops = flops,
            BytesRead = 4.0 * (twin.Length + rows * (double)Input),
            BytesWritten = 4.0 * twin.Length,
        };
    }

    /// <summary>A learner, what it learns, its twin, and the parameters that every sample of a timing begins with: those from before its memory was filled.</summary>
    private sealed record Stand(Learner Learner, StepData Data, MlpTwin Twin, float[] Start);
}
