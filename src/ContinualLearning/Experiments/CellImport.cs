using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Finished cells of result documents, by the fingerprint that their document's own configuration gives them: a run goes on where one on another machine, of
/// which only the document is left, ended, and parts of an experiment that several machines ran come together in one.
/// </summary>
internal sealed class CellImport
{
    private readonly Dictionary<string, CellResult> _cells = new(StringComparer.Ordinal);
    private readonly List<(string Path, string[] Fingerprints)> _documents = [];

    /// <summary>Reads documents; where two hold the same cell the first one's counts.</summary>
    /// <param name="paths">Files of result documents.</param>
    /// <exception cref="ResultFormatException">A file is not a result document, or holds cells that its own experiment does not have.</exception>
    /// <exception cref="ConfigurationException">The experiment in a document is not one that this build knows.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public CellImport(IEnumerable<string> paths)
    {
        foreach (string path in paths)
            Add(path, ResultJson.Load(path));
    }

    /// <summary>A cell's result; <c>null</c> when no document has it.</summary>
    public CellResult? Find(ExperimentCell cell) => _cells.GetValueOrDefault(cell.Fingerprint);

    /// <summary>For each document a sentence that says how many of its cells are among these.</summary>
    public IEnumerable<string> Notes(IEnumerable<ExperimentCell> cells)
    {
        HashSet<string> wanted = [.. cells.Select(cell => cell.Fingerprint)];
        foreach ((string path, string[] fingerprints) in _documents)
        {
            int found = fingerprints.Count(wanted.Contains);
            yield return $"{path}: {found} of {fingerprints.Length} finished cells are this experiment's{(found < fingerprints.Length ? "; the others' settings differ" : "")}";
        }
    }

    private void Add(string path, ResultDocument document)
    {
        Dictionary<(string Label, int Seed), string> fingerprints = [];
        foreach (ExperimentCell cell in ExperimentPlan.Cells(ExperimentFile.Parse(document.Config.ToJsonString(), path)))
            fingerprints.TryAdd((CellResult.LabelOf(cell.Method.Name, cell.Settings), cell.Seed), cell.Fingerprint);
        string origin = $"Some cells come from {Path.GetFileName(path)}, run on {document.Environment.CpuModel} on {document.Environment.StartedAt:yyyy-MM-dd}.";
        List<string> own = [];
        foreach (CellResult cell in CellSeparation.CellsOf(document))
        {
            if (!fingerprints.TryGetValue((cell.Label, cell.Seed), out string? fingerprint))
                throw new ResultFormatException($"{path}: {cell.Label}, seed {cell.Seed} is not a cell of the experiment that the document describes.");
            own.Add(fingerprint);
            _cells.TryAdd(fingerprint, cell with { Fingerprint = fingerprint, Notes = [.. cell.Notes.Append(origin).Distinct(StringComparer.Ordinal)] });
        }

        _documents.Add((path, [.. own]));
    }
}
