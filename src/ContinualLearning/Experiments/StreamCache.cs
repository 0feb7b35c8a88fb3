using System.Text.Json;
using Engram.Data;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Datasets and the tasks made of them, shared by the cells of a run: a dataset is read once per process, a task's images are made
/// once per (scenario, seed) and dropped when no cell needs them any more.
/// </summary>
internal sealed class StreamCache(string? dataFolder)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dataset> _datasets = [];
    private readonly Dictionary<string, Entry> _streams = [];

    private sealed class Entry
    {
        public int Waiting;
        public CellTasks? Tasks;
    }

    /// <summary>Says that a cell will ask for its tasks.</summary>
    public void Announce(ExperimentOptions cell)
    {
        lock (_lock)
        {
            string key = KeyOf(cell);
            if (!_streams.TryGetValue(key, out Entry? entry))
                _streams[key] = entry = new Entry();
            entry.Waiting++;
        }
    }

    /// <summary>The tasks of a cell.</summary>
    public CellTasks Tasks(ExperimentOptions cell)
    {
        Dataset dataset = Dataset(cell.Dataset);
        lock (_lock)
        {
            Entry? entry = _streams.GetValueOrDefault(KeyOf(cell));
            if (entry?.Tasks is { } tasks)
                return tasks;
            TaskStream stream = cell.Scenario.CreateStream(dataset, (ulong)cell.Seeds.Values[0]);
            tasks = new CellTasks(stream);
            if (entry is not null)
                entry.Tasks = tasks;
            return tasks;
        }
    }

    /// <summary>Says that a cell is done with its tasks.</summary>
    public void Release(ExperimentOptions cell)
    {
        lock (_lock)
        {
            string key = KeyOf(cell);
            if (_streams.TryGetValue(key, out Entry? entry) && --entry.Waiting <= 0)
                _streams.Remove(key);
        }
    }

    /// <summary>The images of an experiment, read at the first call.</summary>
    /// <exception cref="DatasetNotFoundException">Files are missing.</exception>
    /// <exception cref="DataFormatException">A file is damaged.</exception>
    public Dataset Dataset(DatasetOptions options)
    {
        lock (_lock)
        {
            string key = JsonSerializer.Serialize(options, ExperimentJsonContext.Default.DatasetOptions);
            if (_datasets.TryGetValue(key, out Dataset? dataset))
                return dataset;
            return _datasets[key] = options.Load(dataFolder);
        }
    }

    /// <summary>Equal for cells that have equal tasks.</summary>
    internal static string KeyOf(ExperimentOptions cell) =>
        $"{JsonSerializer.Serialize(cell.Dataset, ExperimentJsonContext.Default.DatasetOptions)}"
        + $"{JsonSerializer.Serialize(cell.Scenario, ExperimentJsonContext.Default.ScenarioOptions)}{cell.Seeds}";
}
