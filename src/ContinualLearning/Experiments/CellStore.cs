using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Finished cells of a run as files, one each, under their fingerprint: a cell is taken over only if everything its numbers depend on is
/// the same. A file appears under its name only when it is whole.
/// </summary>
public sealed class CellStore
{
    private readonly string _cells;

    /// <summary>Names the folder of the run; nothing is created before something is stored.</summary>
    /// <param name="folder">The folder of the run.</param>
    public CellStore(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        Folder = Path.GetFullPath(folder);
        _cells = Path.Combine(Folder, "cells");
    }

    /// <summary>The folder of the run.</summary>
    public string Folder { get; }

    /// <summary>Where the result document is written.</summary>
    public string DocumentPath => Path.Combine(Folder, "result.json");

    /// <summary>The stored result of a cell; null when there is none, or none that can be used.</summary>
    public CellResult? Find(ExperimentCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        string path = Path.Combine(_cells, cell.FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            CellResult result = ResultJson.LoadCell(path);
            // The name of an arm's settings is not part of the fingerprint; the numbers are the same.
            return result.Fingerprint == cell.Fingerprint ? result with { Settings = cell.Settings?.DeepClone().AsObject() } : null;
        }
        catch (Exception e) when (e is ResultFormatException or IOException or UnauthorizedAccessException)
        {
            // Damaged or of another version: run again, and replaced when done.
            return null;
        }
    }

    /// <summary>Stores a cell.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void Save(ExperimentCell cell, CellResult result)
    {
        ArgumentNullException.ThrowIfNull(cell);
        ResultJson.SaveAtomically(result, Path.Combine(_cells, cell.FileName));
    }

    /// <summary>Folder of a running cell's checkpoint.</summary>
    public string CheckpointFolder(ExperimentCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return Path.Combine(Folder, "checkpoints", Path.GetFileNameWithoutExtension(cell.FileName));
    }

    /// <summary>Makes the folder and writes one file into it, so that a run that could not store anything ends before it begins.</summary>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public void Prepare()
    {
        Directory.CreateDirectory(_cells);
        string probe = Path.Combine(_cells, $".probe.{Environment.ProcessId}.tmp");
        File.WriteAllText(probe, "writable");
        File.Delete(probe);
    }
}
