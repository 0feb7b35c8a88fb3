using System.Globalization;
using Engram.Results;

namespace Engram.Report;

/// <summary>
/// The final tables of an experiment with axes, per scenario: accuracy of every arm, differences paired by seed with their p before and after Holm's
/// correction, and time and memory of a cell.
/// </summary>
internal static class GridTables
{
    /// <summary>The tables; none when the experiment has no axes, or an axis of ranks (<see cref="RankTables"/>).</summary>
    public static IReadOnlyList<ReportTable> Of(ResultDocument document)
    {
        AxisGrid grid = new(document);
        if (!grid.HasAxes || grid.Ranks.Count > 0)
            return [];
        List<ReportTable> tables = [];
        foreach (string table in grid.Tables)
        {
            string prefix = table.Length == 0 ? "" : $"{table}: ";
            tables.Add(Accuracies(grid, table, prefix));
            if (grid.Pairs.Count > 0)
                tables.Add(Differences(grid, table, prefix));
            tables.Add(Costs(grid, table, prefix));
        }

        return tables;
    }

    private static ReportTable Accuracies(AxisGrid grid, string table, string prefix) => new(
        $"{prefix}average accuracy",
        "ACC after the last task in percent, mean ± half width of the 95 % Student-t interval over the seeds, and BWT; – where an arm does not belong."
        + grid.EmptyRowsOf(table),
        [grid.RowName, .. grid.Methods],
        [.. grid.FilledRowsOf(table).Select(row => (IReadOnlyList<TableCell>)
        [
            row,
            .. grid.Methods.Select(method => grid[table, row, null, method] is { } entry
                ? entry.Cell(m => NumberText.Percent(m.Acc), m => double.IsNaN(m.Bwt.Mean) ? null : "BWT " + NumberText.Percent(m.Bwt.Mean, 1))
                : NumberText.Missing),
        ])]);

    private static ReportTable Differences(AxisGrid grid, string table, string prefix)
    {
        IReadOnlyList<string> rows = grid.FilledRowsOf(table);
        PairedDifference?[] differences = [.. rows.SelectMany(row => grid.Pairs.Select(pair => Difference(grid, table, row, null, pair)))];
        double[] corrected = HolmCorrection.Of([.. differences.Select(difference => difference?.PValue ?? double.NaN)]);
        return new ReportTable(
            $"{prefix}differences paired by seed",
            string.Create(CultureInfo.InvariantCulture, $"Difference of ACC in points ± half width of its 95 % Student-t interval over the common seeds; p of the two-sided paired t test, ")
            + $"then corrected by Holm's method over the {corrected.Count(p => !double.IsNaN(p))} tests of this table. Bold: corrected p < 0.05.",
            [grid.RowName, .. grid.Pairs.Select(pair => $"{pair.Method} − {pair.Baseline}")],
            [.. rows.Select((row, r) => (IReadOnlyList<TableCell>)
            [
                row,
                .. grid.Pairs.Select((_, p) => Cell(differences[(r * grid.Pairs.Count) + p], corrected[(r * grid.Pairs.Count) + p])),
            ])]);
    }

    /// <summary>The difference of two arms at a place; <c>null</c> where one of them has no result.</summary>
    internal static PairedDifference? Difference(AxisGrid grid, string table, string row, string? rank, (string Method, string Baseline) pair) =>
        grid[table, row, rank, pair.Method]?.Method is { } method && grid[table, row, rank, pair.Baseline]?.Method is { } baseline
            ? PairedDifference.Between(method, baseline, m => m.Acc)
            : null;

    /// <summary>A difference with both its p values.</summary>
    internal static TableCell Cell(PairedDifference? difference, double corrected) => difference is null
        ? NumberText.Missing
        : new TableCell(
            NumberText.Points(difference.Mean, difference.Ci95),
            double.IsNaN(difference.PValue) ? null : $"p {NumberText.Probability(difference.PValue)}, Holm {NumberText.Probability(corrected)}",
            Strong: corrected < 0.05);

    private static ReportTable Costs(AxisGrid grid, string table, string prefix) => new(
        $"{prefix}time and memory of a cell",
        "Seconds of one seed (mean; cells that ran beside others share the machine's memory bandwidth) and the most memory that the cell's learner held: parameters, "
        + "gradient, optimizer state, step memory and the memory of the past. Not the process, which several cells share, and not the images of the tasks.",
        [grid.RowName, .. grid.Methods],
        [.. grid.FilledRowsOf(table).Select(row => (IReadOnlyList<TableCell>)
        [
            row,
            .. grid.Methods.Select(method => grid[table, row, null, method] is { } entry
                ? entry.Cell(m => NumberText.Short(m.Seconds) + " s", m => m.PeakBytes is { } peak ? NumberText.Megabytes(peak) : null)
                : NumberText.Missing),
        ])]);
}
