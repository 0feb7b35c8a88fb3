using System.Collections.Concurrent;
using System.Diagnostics;
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
    private static readonly TimeSpan DocumentEvery = TimeSpan.FromMinutes(1);

    private readonly ExperimentOptions _experiment;
    private readonly RunSettings _settings;
    private readonly CellStore _store;
    private readonly StreamCache _streams;
    private readonly RunState _state;
    private readonly CellImport _import;
    private readonly List<string> _notes = [];
    private readonly Lock _documentLock = new();
    private long _documentWritten = Stopwatch.GetTimestamp();
    private DivergenceException? _diverged;
    private TimeLeft? _left;
    private bool _prepared;

    /// <summary>Describes a run; but for <see cref="RunSettings.From"/> nothing is read, and nothing is written yet.</summary>
    /// <exception cref="ConfigurationException">
    /// An axis or a sweep does not fit the configuration, <see cref="RunSettings.Only"/> does not fit the cells, or <see cref="RunSettings.From"/> names a document
    /// of an experiment that this build does not know.
    /// </exception>
    /// <exception cref="ResultFormatException"><see cref="RunSettings.From"/> names a file that is not a result document.</exception>
    /// <exception cref="IOException">Such a file cannot be read.</exception>
    public ExperimentRunner(ExperimentOptions experiment, RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Threads);
        _experiment = experiment;
        _settings = settings;
        _store = new CellStore(settings.OutFolder);
        _streams = new StreamCache(settings.DataFolder);
        _import = new CellImport(settings.From);
        Cells = ExperimentPlan.Cells(experiment);
        Selected = settings.Only.Count == 0 ? Cells : [.. Cells.Where(CellFilter.Parse(settings.Only, Cells).Fits)];
        _state = new RunState(Cells, Selected);
    }

    /// <summary>All cells of the experiment.</summary>
    public IReadOnlyList<ExperimentCell> Cells { get; }

    /// <summary>The cells that this run is to do: those that <see cref="RunSettings.Only"/> chooses.</summary>
    public IReadOnlyList<ExperimentCell> Selected { get; }

    /// <summary>Where the result document is written.</summary>
    public string DocumentPath => _store.DocumentPath;

    /// <summary>The stored result of a cell; <c>null</c> when it is to be run.</summary>
    public CellResult? Stored(ExperimentCell cell) => _settings.Fresh ? null : _store.Find(cell) ?? _import.Find(cell);

    /// <summary>
    /// Looks up what is stored, reads the data of the rest and checks the configuration against it, before anything is trained or written. Where an
    /// experiment has several datasets and the files of one are not there, its cells are left out.
    /// </summary>
    /// <exception cref="ConfigurationException">The data cannot serve the scenario; all problems are listed.</exception>
    /// <exception cref="DatasetNotFoundException">Files are missing, and no other dataset is left.</exception>
    /// <exception cref="DataFormatException">A file is damaged.</exception>
    public void Prepare()
    {
        _state.Load(cell => _store.Find(cell) ?? _import.Find(cell), _settings.Fresh);
        _notes.Clear();
        _notes.AddRange(_import.Notes(Cells));
        List<string> problems = [];
        Dictionary<string, DatasetNotFoundException> absent = [];
        foreach (var group in _state.Pending.ToArray().GroupBy(i => StreamCache.KeyOf(Cells[i].Options with { Seeds = new SeedList(0) })))
        {
            ExperimentOptions options = Cells[group.First()].Options;
            try
            {
                Dataset dataset = _streams.Dataset(options.Dataset);
                problems.AddRange(options.Scenario.Validate(dataset).Select(problem => "scenario." + problem));
            }
            catch (DatasetNotFoundException e) when (Selected.Any(cell => cell.Options.Dataset.Name != options.Dataset.Name))
            {
                absent.TryAdd(options.Dataset.Name, e);
                foreach (int i in group)
                    _state.Skip(i, $"the files of {options.Dataset.Name} are not there");
            }
        }

        if (absent.Count > 0 && _state.Runnable == 0)
            throw absent.Values.First();
        if (problems.Count > 0)
            throw new ConfigurationException(_experiment.Name, [.. problems.Distinct()]);
        foreach ((string name, DatasetNotFoundException e) in absent)
        {
            int cells = Selected.Count(cell => cell.Options.Dataset.Name == name && Stored(cell) is null);
            _notes.Add($"{name}: {cells} cells left out. {e.Message}");
        }

        _prepared = true;
    }

    /// <summary>
    /// Runs what is chosen and not stored. Returns the whole result, cells stored by earlier runs with other choices included; it is also written to
    /// <see cref="DocumentPath"/>, with what is missing listed.
    /// </summary>
    /// <param name="progress">Hears what happens; <c>null</c> for nobody.</param>
    /// <param name="cancel">Stops the run; cells in flight are dropped, finished ones stay.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    /// <exception cref="RunStorageException">A result could not be written.</exception>
    /// <exception cref="DivergenceException">There is no result at all, and a cell diverged; otherwise a diverged cell is listed as missing, with the reason.</exception>
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

        if (!_prepared)
            Prepare();
        foreach (string note in _notes)
            progress?.Note(note);
        StoreImported();
        int[] pending = [.. _state.Pending];
        foreach (int i in pending)
        {
            if (_state.SameWork(i, _settings.Fresh) is { } same)
                Keep(i, same, null);
        }

        IReadOnlyList<int[]> groups = _state.Groups();
        int threads = _settings.Threads == 0 ? Environment.ProcessorCount : _settings.Threads;
        int workers = _settings.Device is null ? Math.Clamp(groups.Count, 1, threads) : 1;
        progress?.Planned(_state.Runnable, _state.Runnable - groups.Sum(group => group.Length), StepsOf(groups), groups.Count == 0 ? 0 : workers);
        if (groups.Count > 0)
        {
            _left = null;
            if (progress is not null && groups.Count > 1 && _settings.Device is null
                && Calibration.Estimate([.. groups.Select(group => Cells[group[0]].Options)], _streams, cancel) is { } seconds)
            {
                _left = new TimeLeft([.. groups.Select(group => group[0])], seconds, workers);
                progress.Estimated(_left.Wall);
            }

            try
            {
                if (_settings.Device is { } make)
                {
                    using Device device = make();
                    environment = environment with { MachineNote = device.Name };
                    foreach (int[] group in groups)
                        RunGroup(group, device, progress, cancel);
                }
                else if (groups.Count == 1 && threads > 1)
                {
                    environment = environment with { Threads = threads };
                    using Device device = Device.Cpu(threads);
                    RunGroup(groups[0], device, progress, cancel);
                }
                else
                {
                    RunAll(groups, workers, environment, progress, cancel);
                }
            }
            catch (OperationCanceledException)
            {
                TryWriteDocument(environment);
                throw;
            }

            if (_diverged is not null && !_state.Results().Any())
                throw _diverged;
        }

        try
        {
            return WriteDocument(environment);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunStorageException(
                $"{DocumentPath} could not be written: {e.Message} All {Selected.Count} cells are done; run the same command again to get their table.", e);
        }
    }

    /// <summary>Steps of the groups' first cells; counted on the tasks of one seed, for other seeds' images need not exist yet.</summary>
    private long StepsOf(IReadOnlyList<int[]> groups)
    {
        foreach (int[] group in groups)
            _streams.Announce(Cells[group[0]].Options);
        Dictionary<string, CellTasks> tasks = [];
        long steps = 0;
        foreach (int[] group in groups)
        {
            ExperimentOptions options = Cells[group[0]].Options;
            string key = StreamCache.KeyOf(options with { Seeds = new SeedList(0) });
            if (!tasks.TryGetValue(key, out CellTasks? own))
                tasks[key] = own = _streams.Tasks(options);
            steps += CellRunner.StepsOf(options, own);
        }

        return steps;
    }

    private void RunAll(IReadOnlyList<int[]> groups, int workers, RunEnvironment environment, IExperimentProgress? progress, CancellationToken cancel)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        ConcurrentQueue<int[]> queue = new(groups);
        ExceptionDispatchInfo? failure = null;
        Thread[] threads = new Thread[workers];
        for (int t = 0; t < workers; t++)
        {
            threads[t] = new Thread(() =>
            {
                while (!stop.IsCancellationRequested && queue.TryDequeue(out int[]? group))
                {
                    try
                    {
                        RunGroup(group, Device.Host, progress, stop.Token);
                        if (Stopwatch.GetElapsedTime(Interlocked.Read(ref _documentWritten)) >= DocumentEvery)
                            TryWriteDocument(environment);
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

    /// <summary>Runs the first cell of a group and gives its result to all of them.</summary>
    private void RunGroup(int[] group, Device device, IExperimentProgress? progress, CancellationToken cancel)
    {
        ExperimentCell cell = Cells[group[0]];
        CellResult result;
        try
        {
            result = new CellRunner(cell, _streams.Tasks(cell.Options), device, _store, _settings.CheckpointAfter).Run(progress, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Storage(cell, e);
        }
        catch (DivergenceException e)
        {
            // a finding about this cell, not the end of the others
            _diverged ??= e;
            _streams.Release(cell.Options);
            foreach (int i in group)
                _state.Skip(i, $"diverged: {e.Message}");
            progress?.Note($"{cell.Label} diverged: {e.Message}");
            return;
        }

        _streams.Release(cell.Options);
        foreach (int i in group)
            Keep(i, result, progress);
        if (_left?.Finished(group[0], result.Seconds) is { } left)
            progress?.Remaining(left);
    }

    private void Keep(int i, CellResult result, IExperimentProgress? progress)
    {
        ExperimentCell cell = Cells[i];
        CellResult own = result with { Settings = cell.Settings?.DeepClone().AsObject(), Fingerprint = cell.Fingerprint };
        try
        {
            _store.Save(cell, own);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Storage(cell, e);
        }

        _state.Finish(i, own);
        progress?.Finished(cell, own);
    }

    /// <summary>Writes what was taken over into the run's folder, so that the documents it came from are not needed again.</summary>
    private void StoreImported()
    {
        for (int i = 0; i < Cells.Count; i++)
        {
            if (_state.Has(i) && _import.Find(Cells[i]) is { } result && _store.Find(Cells[i]) is null)
                Keep(i, result, null);
        }
    }

    private RunStorageException Storage(ExperimentCell cell, Exception e) => new(
        $"{cell.Label} could not be stored under {_store.Folder}: {e.Message} "
        + "What was stored before is whole; make room (or choose another folder with --out) and run the same command again.", e);

    private ResultDocument WriteDocument(RunEnvironment environment)
    {
        lock (_documentLock)
        {
            ResultDocument document = CellAggregation.ToDocument(
                _experiment.Name, ExperimentFile.ToJson(_experiment), environment, _state.Results(), Notes(), _state.Missing());
            ResultJson.SaveAtomically(document, DocumentPath);
            Interlocked.Exchange(ref _documentWritten, Stopwatch.GetTimestamp());
            return document;
        }
    }

    /// <summary>A document of what is done so far, for a report of a run that goes on or was stopped; the cells are safe without it.</summary>
    private void TryWriteDocument(RunEnvironment environment)
    {
        try
        {
            if (_state.Results().Any())
                WriteDocument(environment);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Exchange(ref _documentWritten, Stopwatch.GetTimestamp());
        }
    }

    private List<string> Notes() => Cells.Any(cell => cell.Method.Strategy.NeedsAllTasks) && Cells.Any(cell => !cell.Method.Strategy.NeedsAllTasks)
        ? ["Joint training sees the union of all tasks as one shuffled task, for as many epochs as every task has in the other arms."]
        : [];
}
