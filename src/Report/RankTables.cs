using Engram.Results;

namespace Engram.Report;

/// <summary>
/// The tables of an experiment with an axis <c>rank</c>: the best rank of every generator arm with its gap to the raw arm of equal memory, and gap and
/// accuracy at every rank; one row per combination of the other axes (the networks of <c>svd-architecture</c>) and arm.
/// </summary>
internal static class RankTables
{
    /// <summary>The tables; none when the experiment has no axis of ranks.</summary>
    public static IReadOnlyList<ReportTable> Of(ResultDocument document)
    {
        AxisGrid grid = new(document);
        if (!grid.HasAxes || grid.Ranks.Count == 0)
            return [];
        List<ReportTable> tables = [];
        foreach (string table in grid.Tables)
        {
            string prefix = table.Length == 0 ? "" : $"{table}: ";
            if (grid.Pairs.Count > 0)
            {
                tables.Add(Best(grid, table, prefix));
                tables.Add(Gaps(grid, table, prefix));
            }

            tables.Add(Accuracies(grid, table, prefix));
        }

        return tables;
    }

    private static IEnumerable<(string Row, (string Method, string Baseline) Pair)> Lines(AxisGrid grid, string table) =>
        grid.RowsOf(table).SelectMany(row => grid.Pairs.Select(pair => (row, pair)))
            .Where(line => grid.Ranks.Any(rank => grid[table, line.row, rank, line.pair.Method] is not null));

    private static string NameOf(string row, string rest) => row.Length == 0 ? rest : $"{row}: {rest}";

    private static ReportTable Best(AxisGrid grid, string table, string prefix)
    {
        (string Row, (string Method, string Baseline) Pair, string? Rank)[] lines = [.. Lines(grid, table).Select(line => (
            line.Row, line.Pair,
            grid.Ranks.Where(rank => grid[table, line.Row, rank, line.Pair.Method]?.Method is not null)
                .MaxBy(rank => grid[table, line.Row, rank, line.Pair.Method]!.Method!.Acc.Mean)))];
        PairedDifference?[] gaps = [.. lines.Select(line => line.Rank is null ? null : GridTables.Difference(grid, table, line.Row, line.Rank, line.Pair))];
        double[] corrected = HolmCorrection.Of([.. gaps.Select(gap => gap?.PValue ?? double.NaN)]);
        return new ReportTable(
            $"{prefix}best rank",
            "The rank with the best mean ACC, which is chosen on the test data shown here and so flatters the generators a little; ACC there, ACC of the raw arm of equal "
            + "memory, and the gap in points ± half width of its 95 % Student-t interval over the common seeds, with p of the two-sided paired t test and Holm's correction "
            + "over this table. Bold: corrected p < 0.05.",
            [NameOf(grid.RowName, "arm"), "Best rank", "ACC, %", "Equal memory, raw, %", "Gap, points"],
            [.. lines.Select((line, i) => (IReadOnlyList<TableCell>)
            [
                NameOf(line.Row, line.Pair.Method),
                line.Rank ?? "not run",
                line.Rank is null ? NumberText.Missing : grid[table, line.Row, line.Rank, line.Pair.Method]!.Text(m => NumberText.Percent(m.Acc)),
                line.Rank is null ? NumberText.Missing : grid[table, line.Row, line.Rank, line.Pair.Baseline]?.Text(m => NumberText.Percent(m.Acc)) ?? NumberText.Missing,
                GridTables.Cell(gaps[i], corrected[i]),
            ])]);
    }

    private static ReportTable Gaps(AxisGrid grid, string table, string prefix)
    {
        (string Row, (string Method, string Baseline) Pair)[] lines = [.. Lines(grid, table)];
        PairedDifference?[] gaps = [.. lines.SelectMany(line => grid.Ranks.Select(rank => GridTables.Difference(grid, table, line.Row, rank, line.Pair)))];
        double[] corrected = HolmCorrection.Of([.. gaps.Select(gap => gap?.PValue ?? double.NaN)]);
        return new ReportTable(
            $"{prefix}gap to raw images of equal memory, by rank",
            "Difference of ACC in points ± half width of its 95 % interval, paired by seed; p of the two-sided paired t test, then corrected by Holm's method over this table. "
            + "Bold: corrected p < 0.05.",
            [NameOf(grid.RowName, "arm"), .. grid.Ranks.Select(rank => "rank " + rank)],
            [.. lines.Select((line, l) => (IReadOnlyList<TableCell>)
            [
                NameOf(line.Row, $"{line.Pair.Method} − {line.Pair.Baseline}"),
                .. grid.Ranks.Select((_, r) => GridTables.Cell(gaps[(l * grid.Ranks.Count) + r], corrected[(l * grid.Ranks.Count) + r])),
            ])]);
    }

    private static ReportTable Accuracies(AxisGrid grid, string table, string prefix)
    {
        bool constant = grid.RowsOf(table).Any(row => grid.Methods.Any(method => grid[table, row, null, method] is not null));
        return new ReportTable(
            $"{prefix}average accuracy by rank",
            "ACC after the last task in percent, mean ± half width of the 95 % Student-t interval over the seeds, and the bytes kept.",
            [NameOf(grid.RowName, "arm"), .. grid.Ranks.Select(rank => "rank " + rank), .. constant ? new[] { "no rank" } : []],
            [.. from row in grid.RowsOf(table)
                from method in grid.Methods
                let entries = grid.Ranks.Select(rank => grid[table, row, rank, method]).Concat(constant ? [grid[table, row, null, method]] : []).ToArray()
                where entries.Any(entry => entry is not null)
                select (IReadOnlyList<TableCell>)
                [
                    NameOf(row, method),
                    .. entries.Select(entry => entry is null
                        ? NumberText.Missing
                        : entry.Cell(m => NumberText.Percent(m.Acc), m => m.MemoryBytes > 0 ? NumberText.Count(m.MemoryBytes) + " B" : null)),
                ]]);
    }
}
