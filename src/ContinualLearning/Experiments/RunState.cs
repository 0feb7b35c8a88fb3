using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// What of an experiment is done: results by cell, what is left to run, and which cells are the same work under several names or settings and
/// therefore run once.
/// </summary>
internal sealed class RunState
{
    private readonly IReadOnlyList<ExperimentCell> _cells;
    private readonly CellResult?[] _results;
    private readonly bool[] _selected;
    private readonly string?[] _skipped;

    public RunState(IReadOnlyList<ExperimentCell> cells, IEnumerable<ExperimentCell> selected)
    {
        _cells = cells;
        _results = new CellResult?[cells.Count];
        _skipped = new string?[cells.Count];
        HashSet<ExperimentCell> chosen = new(selected, ReferenceEqualityComparer.Instance);
        _selected = [.. cells.Select(chosen.Contains)];
    }

    /// <summary>Chosen cells without a result and without a reason to leave them out.</summary>
    public IEnumerable<int> Pending => Enumerable.Range(0, _cells.Count).Where(i => _selected[i] && _results[i] is null && _skipped[i] is null);

    /// <summary>Number of chosen cells that can be run or are done.</summary>
    public int Runnable => Enumerable.Range(0, _cells.Count).Count(i => _selected[i] && _skipped[i] is null);

    /// <summary>Chosen cells that are left out.</summary>
    public int Skipped => Enumerable.Range(0, _cells.Count).Count(i => _selected[i] && _skipped[i] is not null);

    /// <summary>Takes over what is stored.</summary>
    /// <param name="find">The stored result of a cell, if there is one.</param>
    /// <param name="fresh">Leave chosen cells open, to run them again.</param>
    public void Load(Func<ExperimentCell, CellResult?> find, bool fresh)
    {
        for (int i = 0; i < _cells.Count; i++)
            _results[i] = fresh && _selected[i] ? null : find(_cells[i]);
    }

    /// <summary>Whether a cell has a result.</summary>
    public bool Has(int cell) => _results[cell] is not null;

    /// <summary>Leaves a cell out.</summary>
    public void Skip(int cell, string reason) => _skipped[cell] = reason;

    /// <summary>The pending cells, those of one work together: the first is run, the others get its result.</summary>
    public IReadOnlyList<int[]> Groups() =>
        [.. Pending.GroupBy(i => ExperimentPlan.WorkOf(_cells[i]), StringComparer.Ordinal).Select(group => group.ToArray())];

    /// <summary>A result of the same work among the cells that are done; <c>null</c> when there is none.</summary>
    public CellResult? SameWork(int cell, bool fresh)
    {
        // Only methods that the experiment's replay batch does not touch have a work that differs from their fingerprint.
        if (CellRunner.UsesReplayBatch(_cells[cell].Method.Strategy))
            return null;
        string work = ExperimentPlan.WorkOf(_cells[cell]);
        for (int i = 0; i < _cells.Count; i++)
        {
            if (_results[i] is { } result && !(fresh && _selected[i]) && _cells[i].Method.Name == _cells[cell].Method.Name
                && _cells[i].Seed == _cells[cell].Seed && ExperimentPlan.WorkOf(_cells[i]) == work)
                return result;
        }

        return null;
    }

    /// <summary>Notes a result.</summary>
    public void Finish(int cell, CellResult result) => _results[cell] = result;

    /// <summary>Results in the order of the plan, all seeds of a method at its settings together.</summary>
    public IEnumerable<CellResult> Results() => _cells.Select((cell, i) => (Label: LabelOf(cell), Result: _results[i]))
        .GroupBy(pair => pair.Label, StringComparer.Ordinal).SelectMany(group => group).Select(pair => pair.Result).OfType<CellResult>();

    /// <summary>What has no result.</summary>
    public IEnumerable<MissingResult> Missing()
    {
        var open = Enumerable.Range(0, _cells.Count).Where(i => _results[i] is null);
        foreach (var group in open.GroupBy(i => (Label: LabelOf(_cells[i]), Reason: _skipped[i] ?? "not run")))
        {
            ExperimentCell first = _cells[group.First()];
            yield return new MissingResult(
                first.Method.Name, first.Settings?.DeepClone().AsObject(), [.. group.Select(i => _cells[i].Seed).Order()], group.Key.Reason);
        }
    }

    private static string LabelOf(ExperimentCell cell) => CellResult.LabelOf(cell.Method.Name, cell.Settings);
}
