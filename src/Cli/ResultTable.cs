using System.Globalization;
using Engram.ContinualLearning.Experiments;
using Engram.Report;
using Engram.Results;
using Spectre.Console;

namespace Engram.Cli;

/// <summary>The table at the end of a run: one row a method, then the paired differences against the arms of equal memory.</summary>
internal static class ResultTable
{
    /// <summary>Writes the tables: framed on a terminal, aligned text elsewhere.</summary>
    /// <param name="document">The result.</param>
    /// <param name="runner">The run; only the cells that it chose are shown.</param>
    /// <param name="writer">Where to.</param>
    public static void Write(ResultDocument document, ExperimentRunner runner, TextWriter writer)
    {
        HashSet<string> chosen = [.. runner.Selected.Select(cell => CellResult.LabelOf(cell.Method.Name, cell.Settings))];
        bool masked = document.Methods.Any(m => m.TaskIncrementalAcc is not null);
        List<string> columns = ["method", "ACC, %", .. masked ? new[] { "task-IL, %" } : [], "BWT, %", "FWT, %", "forgetting, %", "memory, bytes", "s a seed", "µs a step"];
        List<string[]> rows = [];
        foreach (MethodResult m in document.Methods.Where(m => chosen.Contains(m.Label)))
        {
            rows.Add([
                m.Label, Percent(m.Acc), .. masked ? new[] { m.TaskIncrementalAcc is { } acc ? Percent(acc) : "–" } : [], Percent(m.Bwt), Percent(m.Fwt), Percent(m.Forgetting),
                m.MemoryBytes.ToString("N0", CultureInfo.InvariantCulture), Number(m.Seconds, "F1"), Number(m.StepMicroseconds, "F0")]);
        }

        int seeds = runner.Selected.Select(cell => cell.Seed).Distinct().Count();
        writer.WriteLine($"{document.Name}: {seeds} {(seeds == 1 ? "seed" : "seeds, mean ± 95 % interval")}");
        Table(columns, rows, writer);

        List<string[]> differences = [];
        foreach ((MethodResult method, MethodResult baseline) in BaselinePairs.Of(document).Where(pair => chosen.Contains(pair.Method.Label)))
        {
            PairedDifference difference = PairedDifference.Between(method, baseline, m => m.Acc);
            differences.Add([
                $"{method.Label} − {baseline.Label}", $"{Signed(100 * difference.Mean)}{Interval(100 * difference.Ci95)}",
                double.IsNaN(difference.PValue) ? "–" : difference.PValue < 0.001 ? "< 0.001" : Number(difference.PValue, "F3")]);
        }

        if (differences.Count > 0)
        {
            writer.WriteLine();
            Table(["difference of ACC, paired by seed", "points", "p"], differences, writer);
        }

        foreach (string note in document.Notes)
            writer.WriteLine($"note: {note}");
        int missing = document.Missing.Sum(entry => entry.Seeds.Count);
        if (missing > 0)
            writer.WriteLine($"{missing} of {runner.Cells.Count} cells of the experiment have no result yet; engram report {runner.DocumentPath} --markdown - shows the whole table");
    }

    private static string Percent(Statistic statistic) =>
        double.IsNaN(statistic.Mean) ? "–" : Number(100 * statistic.Mean, "F2") + Interval(100 * statistic.Ci95);

    private static string Interval(double halfWidth) => double.IsNaN(halfWidth) ? "" : $" ± {Number(halfWidth, "F2")}";

    private static string Signed(double value) => double.IsNaN(value) ? "–" : value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Number(double value, string format) => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);

    private static void Table(List<string> columns, List<string[]> rows, TextWriter writer)
    {
        int[] widths = [.. columns.Select((title, c) => Math.Max(title.Length, rows.Count == 0 ? 0 : rows.Max(row => row[c].Length)))];
        // A frame that does not fit would cut columns off; plain lines wrap.
        if (!Console.IsOutputRedirected && ReferenceEquals(writer, Console.Out) && widths.Sum() + (3 * widths.Length) + 1 <= AnsiConsole.Profile.Width)
        {
            Table table = new() { Border = TableBorder.Rounded };
            for (int c = 0; c < columns.Count; c++)
                table.AddColumn(new TableColumn(Markup.Escape(columns[c])) { Alignment = c == 0 ? Justify.Left : Justify.Right, NoWrap = true });
            foreach (string[] row in rows)
                table.AddRow([.. row.Select(Markup.Escape)]);
            StderrTerminal.On(writer, interactive: true).Write(table);
            return;
        }

        foreach (string[] row in rows.Prepend([.. columns]))
            writer.WriteLine(string.Join("  ", row.Select((text, c) => c == 0 ? text.PadRight(widths[c]) : text.PadLeft(widths[c]))).TrimEnd());
    }
}
