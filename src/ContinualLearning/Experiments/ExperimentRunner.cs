using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Engram.Data;
using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Runs the cells of an experiment, several at a time on one thread each, stores every finished cell at once, and does not run again what is
/// stored. A cell's numbers depend on its configuration alone, not on the threads, the order of cells, or how often the run was stopped.
/// </summary>
public sealed class ExperimentRunner
{
    private readonly ExperimentOptions _experiment;
    private readonly RunSettings _settings;
    private readonly CellStore _store;
    private readonly StreamCache _streams;

    /// <summary>Describes a run; nothing is read or written yet.</summary>
    public ExperimentRunner(ExperimentOptions experiment, RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Threads);
        _experiment = experiment;
        _settings = settings;
        _store = new CellStore(settings.OutFolder);
        _streams = new StreamCache(settings.DataFolder);
        Cells = ExperimentPlan.Cells(experiment);
    }

    /// <summary>The cells of the run.</summary>
    public IReadOnlyList<ExperimentCell> Cells { get; }

    /// <summary>Where the result document is written.</summary>
    public string DocumentPath => _store.DocumentPath;

    /// <summary>Reads the data and checks the configuration against it, before anything is trained or written.</summary>
    /// <exception cref="ConfigurationException">The data cannot serve the scenario; all problems are listed.</exception>
    /// <exception cref="DatasetNotFoundException">Files are missing.</exception>
    /// <exception cref="DataFormatException">A file is damaged.</exception>
    public void Prepare()
    {
        List<string> problems = [];
        foreach (IGrouping<string, ExperimentCell> group in Cells.GroupBy(cell => StreamCache.KeyOf(cell.Options with { Seeds = new SeedList(0) })))
        {
            ExperimentOptions options = group.First().Options;
            Dataset dataset = _streams.Dataset(options.Dataset);
            problems.AddRange(options.Scenario.Validate(dataset).Select(problem => "scenario." + problem));
        }

        if (problems.Count > 0)
            throw new ConfigurationException(_experiment.Name, [.. problems.Distinct()]);
    }

    /// <summary>Runs what is not stored and returns the whole result, which is also written to <see cref="DocumentPath"/>.</summary>
    /// <param name="progress">Hears what happens; <c>null</c> for nobody.</param>
    /// <param name="cancel">Stops the run; cells in flight are dropped, finished ones stay.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    /// <exception cref="RunStorageException">A result could not be written.</exception>
    public ResultDocument Run(IExperimentProgress? progress = null, CancellationToken cancel = default)
    {
        RunEnvironment environment = MachineDescription.Environment(1);
        try
        {
            _store.Prepare();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunStorageException($"{_store.Folder} cannot be written: {e.Message} Choose another folder with --out.", e);
        }

        CellResult?[] results = new CellResult?[Cells.Count];
        List<int> pending = [];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = _settings.Fresh ? null : _store.Find(Cells[i]);
            if (results[i] is null)
                pending.Add(i);
        }

        int threads = _settings.Threads == 0 ? Environment.ProcessorCount : _settings.Threads;
        int workers = Math.Clamp(pending.Count, 1, threads);
        if (pending.Count > 0)
        {
            foreach (int i in pending)
                _streams.Announce(Cells[i].Options);
            long steps = StepsOf(pending);
            progress?.Planned(Cells.Count, Cells.Count - pending.Count, steps, workers);
            if (progress is not null && pending.Count > 1
                && Calibration.Estimate([.. pending.Select(i => Cells[i].Options)], _streams, cancel) is { } seconds)
                progress.Estimated(TimeSpan.FromSeconds(seconds / workers));
            if (pending.Count == 1 && threads > 1)
            {
                environment = environment with { Threads = threads };
                using Device device = Device.Cpu(threads);
                results[pending[0]] = RunOne(Cells[pending[0]], device, progress, cancel);
            }
            else
            {
                RunAll(pending, results, workers, progress, cancel);
            }
        }
        else
        {
            progress?.Planned(Cells.Count, Cells.Count, 0, 0);
        }

        // Cells ran seed by seed; the document lists them method by method.
        int arms = Cells.Count / _experiment.Seeds.Values.Count;
        ResultDocument document = CellAggregation.ToDocument(
            _experiment.Name, ExperimentFile.ToJson(_experiment), environment, results.Select(result => result!), Notes(arms));
        try
        {
            ResultJson.SaveAtomically(document, DocumentPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunStorageException(
                $"{DocumentPath} could not be written: {e.Message} All {Cells.Count} cells are done; run the same command again to get their table.", e);
        }

        return document;
    }

    /// <summary>Steps of the cells; counted on the tasks of one seed, for other seeds' images need not exist yet.</summary>
    private long StepsOf(List<int> pending)
    {
        Dictionary<string, CellTasks> tasks = [];
        long steps = 0;
        foreach (int i in pending)
        {
            ExperimentOptions options = Cells[i].Options;
            string key = StreamCache.KeyOf(options with { Seeds = new SeedList(0) });
            if (!tasks.TryGetValue(key, out CellTasks? own))
                tasks[key] = own = _streams.Tasks(options);
            steps += CellRunner.StepsOf(options, own);
        }

        return steps;
    }

    private void RunAll(List<int> pending, CellResult?[] results, int workers, IExperimentProgress? progress, CancellationToken cancel)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        ConcurrentQueue<int> queue = new(pending);
        ExceptionDispatchInfo? failure = null;
        Thread[] threads = new Thread[workers];
        for (int t = 0; t < workers; t++)
        {
            threads[t] = new Thread(() =>
            {
                while (!stop.IsCancellationRequested && queue.TryDequeue(out int i))
                {
                    try
                    {
                        results[i] = RunOne(Cells[i], Device.Host, progress, stop.Token);
                    }
                    catch (OperationCanceledException)
                    {
                        return;
                    }
                    catch (Exception e)
                    {
                        Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                        stop.Cancel();
                        return;
                    }
                }
            })
            { IsBackground = true, Name = $"cells {t}" };
            threads[t].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        failure?.Throw();
        cancel.ThrowIfCancellationRequested();
    }

    private CellResult RunOne(ExperimentCell cell, Device device, IExperimentProgress? progress, CancellationToken cancel)
    {
        CellResult result;
        try
        {
            result = new CellRunner(cell, _streams.Tasks(cell.Options), device, _store, _settings.CheckpointAfter).Run(progress, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Storage(cell, e);
        }

        _streams.Release(cell.Options);
        try
        {
            _store.Save(cell, result);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Storage(cell, e);
        }

        progress?.Finished(cell, result);
        return result;
    }

    private RunStorageException Storage(ExperimentCell cell, Exception e) => new(
        $"{cell.Label} could not be stored under {_store.Folder}: {e.Message} "
        + "What was stored before is whole; make room (or choose another folder with --out) and run the same command again.", e);

    private List<string> Notes(int arms) => arms > 1 && Cells.Any(cell => cell.Method.Strategy.NeedsAllTasks)
        ? ["Joint training sees the union of all tasks as one shuffled task, for as many epochs as every task has in the other arms."]
        : [];
}
