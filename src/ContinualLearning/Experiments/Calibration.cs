using System.Diagnostics;
using Engram.Data;
using Engram.Kernels;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Says beforehand how long a run will take: a few dozen real steps of every distinct arm on its own first images, with a filled memory, scaled by
/// the number of steps; plus one measured task end and evaluation.
/// </summary>
internal static class Calibration
{
    private const int WarmUpSteps = 12, TimedSteps = 40;
    private const double MostSeconds = 2;

    /// <summary>Seconds that the cells take one after the other; null when nothing could be measured in time.</summary>
    public static double? Estimate(IReadOnlyList<ExperimentOptions> cells, StreamCache streams, CancellationToken cancel)
    {
        Stopwatch watch = Stopwatch.StartNew();
        Dictionary<string, (double PerStep, double Fixed)> measured = [];
        double sum = 0;
        int unknown = 0;
        foreach (ExperimentOptions cell in cells)
        {
            // Seeds, learning rates and epochs do not change the time of a step.
            string key = ExperimentFile.ToJson(cell with
            {
                Seeds = new SeedList(0),
                Optimizer = new Models.SgdOptions(),
                Training = cell.Training with { Epochs = 1 },
            }).ToJsonString();
            if (!measured.TryGetValue(key, out (double PerStep, double Fixed) cost))
            {
                if (watch.Elapsed.TotalSeconds > MostSeconds)
                {
                    unknown++;
                    continue;
                }

                cancel.ThrowIfCancellationRequested();
                measured[key] = cost = Measure(cell, streams.Tasks(cell));
            }

            sum += (cost.PerStep * CellRunner.StepsOf(cell, FirstTasks(cell))) + cost.Fixed;
        }

        int known = cells.Count - unknown;
        return known == 0 ? null : sum * cells.Count / known;

        CellTasks FirstTasks(ExperimentOptions cell) => streams.Tasks(cells.First(other =>
            StreamCache.KeyOf(other with { Seeds = new SeedList(0) }) == StreamCache.KeyOf(cell with { Seeds = new SeedList(0) })));
    }

    private static (double PerStep, double Fixed) Measure(ExperimentOptions options, CellTasks tasks)
    {
        using Learner learner = CellRunner.CreateLearner(options, tasks.Stream, Device.Host);
        ImageSet train = tasks[0].Train;
        BatchPlan plan = new(train.Count, Math.Min(options.Training.BatchSize, train.Count), 0, 0);
        int[] indices = new int[plan.BatchSize], labels = new int[plan.BatchSize];
        float[] x = new float[plan.BatchSize * train.PixelCount];
        int[] classes = [.. tasks[0].Classes];

        void Step(int number)
        {
            int count = plan.Fill(0, number % plan.BatchesPerEpoch, indices);
            train.CopyTo(indices.AsSpan(0, count), x.AsSpan(0, count * train.PixelCount), labels.AsSpan(0, count));
            learner.Observe(new Batch(x.AsSpan(0, count * train.PixelCount), labels.AsSpan(0, count)));
        }

        learner.BeginTask(new TaskInfo { Classes = classes });
        for (int i = 0; i < WarmUpSteps; i++)
            Step(i);
        long start = Stopwatch.GetTimestamp();
        learner.EndTask(train);
        double end = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        learner.Evaluate(tasks[0].Test, classes, 0);
        double evaluation = Stopwatch.GetElapsedTime(start).TotalSeconds;

        learner.BeginTask(new TaskInfo { Classes = classes });
        for (int i = 0; i < WarmUpSteps; i++)
            Step(i);
        double[] steps = new double[TimedSteps];
        for (int i = 0; i < TimedSteps; i++)
        {
            start = Stopwatch.GetTimestamp();
            Step(i);
            steps[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        // Without the slowest tenth: a compilation or a garbage collection in one of the steps is not a property of the step.
        Array.Sort(steps);
        double step = steps[..(TimedSteps * 9 / 10)].Average();
        int rows = options.Methods[0].Strategy.NeedsAllTasks ? 2 : tasks.Count + 1;
        return (step, (end * tasks.Count) + (evaluation * rows * tasks.Count));
    }
}
