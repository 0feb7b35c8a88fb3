using System.Diagnostics;
using Engram.Data;
using Engram.Kernels;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Says beforehand how long a run will take: a few dozen real steps of distinct arms on their own first images, with a filled memory, scaled by
/// the number of steps; plus one measured task end and evaluation. In a large grid not every arm is measured: the others take the cost of a measured arm
/// of the same network and dataset.
/// </summary>
internal static class Calibration
{
    private const int WarmUpSteps = 12, TimedSteps = 40, FewestSteps = 3, EvaluatedImages = 200;
    private const double MostSeconds = 2, MostSecondsPerPhase = 0.4;

    private readonly record struct Cost(double PerStep, double Fixed);

    /// <summary>Seconds that each of the cells takes by itself; null when nothing could be measured in time.</summary>
    public static double[]? Estimate(IReadOnlyList<ExperimentOptions> cells, StreamCache streams, CancellationToken cancel)
    {
        Stopwatch watch = Stopwatch.StartNew();
        Dictionary<string, Cost> measured = [];
        Dictionary<string, List<Cost>> kinds = [];
        string[] arms = [.. cells.Select(ArmOf)], kindOf = [.. cells.Select(KindOf)];
        // First one arm of every kind, then the second ones, as far as the time goes.
        Dictionary<string, int> places = [];
        int[] order = [.. Enumerable.Range(0, cells.Count).DistinctBy(i => arms[i])
            .OrderBy(i => places[kindOf[i]] = places.GetValueOrDefault(kindOf[i]) + 1)];
        foreach (int i in order)
        {
            if (watch.Elapsed.TotalSeconds > MostSeconds)
                break;
            cancel.ThrowIfCancellationRequested();
            Cost cost;
            try
            {
                cost = Measure(cells[i], streams.Tasks(cells[i]));
            }
            catch (DivergenceException)
            {
                continue; // the run will say so
            }

            measured[arms[i]] = cost;
            if (!kinds.TryGetValue(kindOf[i], out List<Cost>? known))
                kinds[kindOf[i]] = known = [];
            known.Add(cost);
        }

        if (measured.Count == 0)
            return null;
        Dictionary<string, long> steps = [];
        double[] seconds = new double[cells.Count];
        for (int i = 0; i < seconds.Length; i++)
        {
            IReadOnlyCollection<Cost> near = measured.TryGetValue(arms[i], out Cost own) ? [own] : kinds.TryGetValue(kindOf[i], out List<Cost>? some) ? some : measured.Values;
            // Tasks of another seed have as many images; those of the first cell of a stream exist already.
            string key = $"{StreamCache.KeyOf(cells[i] with { Seeds = new SeedList(0) })} {cells[i].Training.BatchSize} {cells[i].Training.Epochs} {cells[i].Methods[0].Strategy.NeedsAllTasks}";
            if (!steps.TryGetValue(key, out long count))
                steps[key] = count = CellRunner.StepsOf(cells[i], streams.Tasks(cells[i]));
            seconds[i] = (near.Average(cost => cost.PerStep) * count) + near.Average(cost => cost.Fixed);
        }

        return seconds;
    }

    /// <summary>Seeds, learning rates and epochs do not change the time of a step.</summary>
    private static string ArmOf(ExperimentOptions cell) => ExperimentFile.ToJson(cell with
    {
        Seeds = new SeedList(0),
        Optimizer = new Models.SgdOptions(),
        Training = cell.Training with { Epochs = 1 },
    }).ToJsonString();

    /// <summary>Network and dataset, which decide most of a step's time.</summary>
    private static string KindOf(ExperimentOptions cell) => $"{ExperimentFile.ToJson(cell)["model"]!.ToJsonString()} {cell.Dataset}";

    private static Cost Measure(ExperimentOptions options, CellTasks tasks)
    {
        using Learner learner = CellRunner.CreateLearner(options, tasks.Stream, Device.Host);
        ImageSet train = tasks[0].Train, test = tasks[0].Test;
        BatchPlan plan = new(train.Count, Math.Min(options.Training.BatchSize, train.Count), 0, 0);
        int[] indices = new int[plan.BatchSize], labels = new int[plan.BatchSize];
        float[] x = new float[plan.BatchSize * train.PixelCount];
        int[] classes = [.. tasks[0].Classes];

        // Seconds of each step; a slow network is stopped early.
        double[] Steps(int most)
        {
            List<double> seconds = [];
            long begin = Stopwatch.GetTimestamp();
            for (int i = 0; i < most && (i < FewestSteps || Stopwatch.GetElapsedTime(begin).TotalSeconds < MostSecondsPerPhase); i++)
            {
                long start = Stopwatch.GetTimestamp();
                int count = plan.Fill(0, i % plan.BatchesPerEpoch, indices);
                train.CopyTo(indices.AsSpan(0, count), x.AsSpan(0, count * train.PixelCount), labels.AsSpan(0, count));
                learner.Observe(new Batch(x.AsSpan(0, count * train.PixelCount), labels.AsSpan(0, count)));
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return [.. seconds.Order()];
        }

        learner.BeginTask(new TaskInfo { Classes = classes });
        // where the memory fills itself from the stream it is to be as full as it will be
        Steps(options.Methods[0].Strategy.ReadsAllTasks ? WarmUpSteps + TimedSteps : WarmUpSteps);
        long start = Stopwatch.GetTimestamp();
        learner.EndTask(train);
        double end = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ImageSet few = test.Count <= EvaluatedImages ? test : test.Slice(0, EvaluatedImages);
        // Compiling and the first slabs of memory must not be multiplied by the number of test images.
        learner.Evaluate(few, classes);
        start = Stopwatch.GetTimestamp();
        learner.Evaluate(few, classes);
        double evaluation = Stopwatch.GetElapsedTime(start).TotalSeconds * test.Count / few.Count;

        // Without the slowest tenth: a compilation or a garbage collection in one of the steps is not a property of the step.
        double Typical()
        {
            learner.BeginTask(new TaskInfo { Classes = classes });
            Steps(WarmUpSteps);
            double[] steps = Steps(TimedSteps);
            return steps[..Math.Max(1, steps.Length * 9 / 10)].Average();
        }

        double step = Typical();
        if (options.Methods[0].Strategy.ReadsAllTasks && tasks.Count > 2 && !options.Methods[0].Strategy.NeedsAllTasks)
        {
            // One past task more costs so much more; over the stream there are (tasks - 1) / 2 of them on average.
            learner.EndTask(train);
            double second = Typical();
            step += Math.Max(0, second - step) * ((0.5 * (tasks.Count - 1)) - 1);
        }

        int rows = options.Methods[0].Strategy.NeedsAllTasks ? 2 : tasks.Count + 1;
        return new Cost(step, (end * tasks.Count) + (evaluation * rows * tasks.Count));
    }
}
