using Engram.ContinualLearning.Experiments;
using Engram.Results;

namespace Engram.Cli;

/// <summary>What <c>engram run --dry-run</c> prints: one line a chosen cell, and how much of it is stored.</summary>
internal static class CellTable
{
    /// <summary>Writes the lines, then their sum with the time that the stored cells let expect.</summary>
    public static void Write(ExperimentRunner runner, TextWriter writer)
    {
        int stored = 0;
        double known = 0;
        int unknown = 0;
        // Seeds of one method at one place take alike long.
        Dictionary<string, double> seconds = [];
        foreach (ExperimentCell cell in runner.Cells)
        {
            if (runner.Stored(cell) is { } result)
                seconds[result.Label] = result.Seconds;
        }

        foreach (ExperimentCell cell in runner.Selected)
        {
            bool done = runner.Stored(cell) is not null;
            writer.WriteLine($"{(done ? "stored " : "to run ")} {cell.Label}");
            if (done)
                stored++;
            else if (seconds.TryGetValue(CellResult.LabelOf(cell.Method.Name, cell.Settings), out double time))
                known += time;
            else
                unknown++;
        }

        writer.WriteLine($"{runner.Selected.Count} of {runner.Cells.Count} cells, {stored} stored");
        if (known > 0)
        {
            writer.WriteLine($"about {DurationText.Of(TimeSpan.FromSeconds(known))} of computing (one cell at a time) by the times of other seeds"
                + (unknown == 0 ? "" : $"; {unknown} cells have no such time yet"));
        }
    }
}
