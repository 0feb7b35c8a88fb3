using System.Diagnostics;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Trains one cell: for every task, epochs × batches, then the task's end, then the accuracy on all tasks, a row of the matrix. Joint
/// training sees the union of all tasks as one shuffled task, for as many epochs: the same images, so the same number of steps up to one partial
/// batch per task.
/// </summary>
/// <param name="cell">What to train.</param>
/// <param name="tasks">The cell's tasks.</param>
/// <param name="device">Where to compute.</param>
/// <param name="store">Where long cells leave checkpoints at task ends; <c>null</c> for none.</param>
/// <param name="checkpointAfter">How long a cell runs before it leaves any.</param>
internal sealed class CellRunner(ExperimentCell cell, CellTasks tasks, Device device, CellStore? store, TimeSpan checkpointAfter)
{
    private const int ReportEvery = 64;

    private readonly ExperimentOptions _options = cell.Options;
    private readonly ProxyDrift? _drift = cell.Options.Evaluation.Drift ? new ProxyDrift() : null;
    private readonly ProxyTrajectories? _paths = cell.Options.Evaluation.Drift ? new ProxyTrajectories(tasks.Count) : null;
    private readonly bool _joint = cell.Method.Strategy.NeedsAllTasks;

    /// <summary>Training steps of a cell.</summary>
    public static long StepsOf(ExperimentOptions options, CellTasks tasks)
    {
        int size = options.Training.BatchSize;
        long batches = 0, images = 0;
        for (int t = 0; t < tasks.Count; t++)
        {
            batches += (tasks[t].Train.Count + size - 1) / size;
            images += tasks[t].Train.Count;
        }

        return options.Training.Epochs * (options.Methods[0].Strategy.NeedsAllTasks ? (images + size - 1) / size : batches);
    }

    /// <summary>A learner for a cell, before its first batch.</summary>
    public static Learner CreateLearner(ExperimentOptions options, TaskStream stream, Device device) => new(new LearnerOptions
    {
        Model = (options.Model with
        {
            Input = new ImageShape(stream.Channels, stream.Height, stream.Width),
            Outputs = stream.Outputs * HeadsOf(options, stream),
        }).Create(),
        Optimizer = options.Optimizer,
        Strategy = WithReplayBatch(options.Methods[0].Strategy, options.Training.EffectiveReplayBatch),
        Seed = (ulong)options.Seeds.Values[0],
        Device = device,
        Head = options.Training.Head,
        OutputsPerTask = stream.Outputs,
        Normalization = stream.Normalization,
        Augmentation = options.Training.Augment,
        // Pixels come from bytes: they cannot be NaN.
        CheckInputs = false,
    });

    // the measurement of a step's time begins two tasks, whatever the stream
    private static int HeadsOf(ExperimentOptions options, TaskStream stream) =>
        options.Training.Head == HeadPolicy.MultiHead ? Math.Max(2, stream.KnownLength ?? 0) : 1;

    /// <summary>Trains the cell from its beginning, or from the last task end that a stopped run has left a checkpoint of.</summary>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public CellResult Run(IExperimentProgress? progress, CancellationToken cancel)
    {
        CellCheckpoint? checkpoint = store is null || _joint ? null : CellCheckpoint.Find(store.CheckpointFolder(cell), cell.Fingerprint, tasks.Count);
        using Learner learner = checkpoint?.Learner(_options, tasks.Stream, device) ?? CreateLearner(_options, tasks.Stream, device);
        CellProgress state = checkpoint?.Progress ?? CellProgress.Start(tasks.Count);
        progress?.Started(cell, StepsOf(_options, tasks));
        if (checkpoint is not null)
        {
            progress?.Note($"{cell.Label}: continues after task {state.TasksDone} of {tasks.Count}");
            progress?.Advanced(cell, (int)Math.Min(int.MaxValue, learner.Steps));
        }

        Stopwatch watch = Stopwatch.StartNew();
        StepTimes times = new(state.StepMicroseconds);
        LearningCurveArea? area = _options.Evaluation.BetaLca is { } beta && !_joint ? new LearningCurveArea(beta) : null;
        using ConstraintGapProbe? probe = _options.Evaluation.ConstraintGap is { } gap && !_joint
            ? new ConstraintGapProbe(learner, task => new ImageSetSamples(tasks[task].Train), gap, (ulong)cell.Seed) : null;
        using RetrievalProbe? retrieval = _options.Evaluation.Retrieval is { } measured && RetrievalProbe.Applies(cell.Method.Strategy)
            ? new RetrievalProbe(learner, measured) : null;
        if (state.TasksDone == 0 && _options.Evaluation.UntrainedRow)
            Evaluate(learner, state, 0, last: -1);

        if (_joint)
        {
            JointSamples union = new(Enumerable.Range(0, tasks.Count).Select(t => tasks[t].Train));
            learner.BeginTask(new TaskInfo { Name = "all tasks", Classes = _options.Training.Head == HeadPolicy.Masked ? tasks.AllClasses : [] });
            Train(learner, union, 0, state, times, null, progress, cancel);
            learner.EndTask(union);
            Evaluate(learner, state, tasks.Count, tasks.Count - 1);
        }
        else
        {
            double before = state.Seconds;
            for (int t = state.TasksDone; t < tasks.Count; t++)
            {
                StreamTask task = tasks[t];
                ImageSetSamples samples = new(task.Train);
                learner.BeginTask(new TaskInfo { Name = task.Name, Classes = [.. task.Classes] });
                probe?.Begin(t);
                Train(learner, samples, t, state, times, area, progress, cancel);
                if (probe?.End() is { } row)
                    (state.Gap ??= []).Add(row);
                learner.EndTask(samples);
                Evaluate(learner, state, t + 1, t);
                if (_options.Evaluation.OpenSet && t + 1 < tasks.Count)
                    (state.OpenSet ??= []).Add(OpenSetProbe.Area(learner, tasks, t));
                _drift?.Introduce([.. task.Classes], learner.Proxies());
                _paths?.Take([.. task.Classes], learner.Proxies());
                state.TasksDone = t + 1;
                state.Seconds = before + watch.Elapsed.TotalSeconds;
                if (store is not null && area is null && _drift is null && retrieval is null && t + 1 < tasks.Count && watch.Elapsed >= checkpointAfter)
                    CellCheckpoint.Save(store.CheckpointFolder(cell), cell.Fingerprint, learner, state with { StepMicroseconds = times.Samples });
            }
        }

        state.Seconds = _joint ? watch.Elapsed.TotalSeconds : state.Seconds;
        CellResult result = Result(learner, state, times, area, retrieval);
        if (store is not null)
            CellCheckpoint.Remove(store.CheckpointFolder(cell));
        return result;
    }

    private void Train(
        Learner learner, ITaskSamples samples, int task, CellProgress state, StepTimes times, LearningCurveArea? area,
        IExperimentProgress? progress, CancellationToken cancel)
    {
        int size = _options.Training.BatchSize, features = samples.Features;
        BatchPlan plan = new(samples.Count, size, (ulong)cell.Seed, task);
        int[] indices = new int[size], labels = new int[size];
        int[] rowTasks = _options.Training.Head == HeadPolicy.MultiHead && samples is JointSamples ? new int[size] : [];
        float[] x = new float[size * features];
        int unreported = 0, seen = 0;
        for (int epoch = 0; epoch < _options.Training.Epochs; epoch++)
        {
            for (int batch = 0; batch < plan.BatchesPerEpoch; batch++)
            {
                cancel.ThrowIfCancellationRequested();
                if (area is not null && seen <= area.Beta)
                    area.Add(seen++, Accuracy(learner.Evaluate(tasks[task].Test, [.. tasks[task].Classes], task, Known(task, task))));
                long start = Stopwatch.GetTimestamp();
                int count = plan.Fill(epoch, batch, indices);
                samples.CopyTo(indices.AsSpan(0, count), x.AsSpan(0, count * features), labels.AsSpan(0, count));
                if (rowTasks.Length > 0)
                    ((JointSamples)samples).Tasks(indices.AsSpan(0, count), rowTasks);
                StepReport report = learner.Observe(new Batch(
                    x.AsSpan(0, count * features), labels.AsSpan(0, count), tasks: rowTasks.AsSpan(0, Math.Min(count, rowTasks.Length))));
                times.Add(Stopwatch.GetTimestamp() - start);
                state.Replayed += report.Replayed > 0 ? 1 : 0;
                state.Projected += report.Projected ? 1 : 0;
                if (++unreported == ReportEvery)
                {
                    progress?.Advanced(cell, unreported);
                    unreported = 0;
                }
            }
        }

        if (unreported > 0)
            progress?.Advanced(cell, unreported);
        // A task of fewer batches than β ends its curve early; the last accuracy stands for the rest.
        for (; area is not null && seen <= area.Beta; seen++)
            area.Add(seen, Accuracy(learner.Evaluate(tasks[task].Test, [.. tasks[task].Classes], task, Known(task, task))));
    }

    /// <summary>Fills a row of the matrix: the tasks up to <paramref name="last"/>, and the later ones where they are wanted.</summary>
    private void Evaluate(Learner learner, CellProgress state, int row, int last)
    {
        int end = row == 0 || _options.Evaluation.FutureTasks ? tasks.Count : last + 1;
        for (int j = 0; j < end; j++)
        {
            Evaluation evaluation = learner.Evaluate(tasks[j].Test, [.. tasks[j].Classes], j, Known(last, j));
            state.Matrix[row][j] = evaluation.ClassIncremental;
            state.Masked[row][j] = evaluation.TaskIncremental;
        }
    }

    // the classes to choose from after a task, in a test of another; empty for all outputs
    private int[] Known(int last, int tested) =>
        _options.Evaluation.SeenClasses ? [.. Enumerable.Range(0, last + 1).Append(tested).SelectMany(t => tasks[t].Classes).Distinct().Order()] : [];

    // With a masked head, or with several, the network only ever learned to choose among a task's own outputs.
    private double Accuracy(in Evaluation evaluation) =>
        _options.Training.Head == HeadPolicy.Shared ? evaluation.ClassIncremental : evaluation.TaskIncremental;

    private CellResult Result(Learner learner, CellProgress state, StepTimes times, LearningCurveArea? area, RetrievalProbe? retrieval)
    {
        double[][] matrix = _options.Training.Head == HeadPolicy.Shared ? state.Matrix : state.Masked;
        ForgettingBaseline baseline = _options.Evaluation.FutureTasks ? ForgettingBaseline.AllEarlierRows : ForgettingBaseline.RowsFromTaskOn;
        double? masked = _options.Evaluation.TaskIncremental ? ContinualMetrics.Acc(state.Masked) : null;
        return new CellResult
        {
            SchemaVersion = ResultDocument.CurrentSchemaVersion,
            Method = cell.Method.Name,
            Seed = cell.Seed,
            Settings = cell.Settings?.DeepClone().AsObject(),
            Fingerprint = cell.Fingerprint,
            AccuracyMatrix = matrix,
            Metrics = ContinualMetrics.Of(matrix, baseline, area?.Value, masked),
            Memory = learner.Memory,
            CompressionFactor = CellMemory.CompressionFactor(learner, cell.Method.Strategy.Memory, tasks),
            Seconds = state.Seconds,
            StepMicroseconds = times.Median,
            // Step memory never shrinks and the memory of the past only grows, so the end of the stream is the peak.
            PeakBytes = learner.HeldBytes,
            Extras = CellMemory.WithImagesPerClass(CellDrift.With(CellMemory.Extras(learner, state, retrieval), _drift, learner, matrix), _options.Evaluation, tasks),
            OpenSet = state.OpenSet,
            Retrieval = learner.Retrieved,
            ProxyPlane = _paths?.Plane(),
            ConstraintGap = state.Gap,
            Images = CellMemory.Images(learner, cell, tasks),
            Notes = CellMemory.Notes(learner, cell),
        };
    }

    /// <summary>True when <see cref="TrainingOptions.ReplayBatch"/> decides how many rows the strategy replays.</summary>
    public static bool UsesReplayBatch(StrategyOptions strategy) => !ReferenceEquals(WithReplayBatch(strategy, 1), strategy);

    /// <summary>The strategy with the experiment's replay batch where it states none of its own.</summary>
    private static StrategyOptions WithReplayBatch(StrategyOptions strategy, int replayBatch) => strategy switch
    {
        ErOptions { ReplayBatch: null } er => er with { ReplayBatch = replayBatch },
        AGemOptions { ReplayBatch: null } agem => agem with { ReplayBatch = replayBatch },
        MirOptions { ReplayBatch: null } mir => mir with { ReplayBatch = replayBatch },
        ImirOptions { ReplayBatch: null } imir => imir with { ReplayBatch = replayBatch },
        PcrOptions { ReplayBatch: null } pcr => pcr with { ReplayBatch = replayBatch },
        ErAceOptions { ReplayBatch: null } ace => ace with { ReplayBatch = replayBatch },
        DerOptions { ReplayBatch: null } der => der with { ReplayBatch = replayBatch },
        _ => strategy,
    };
}
