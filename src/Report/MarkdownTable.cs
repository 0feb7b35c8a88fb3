using System.Text;
using Engram.Results;

namespace Engram.Report;

/// <summary>The tables of the documentation as Markdown: ACC ± interval, BWT, memory and time.</summary>
public static class MarkdownTable
{
    /// <summary>One row a method: ACC and BWT in percent with their 95 % intervals, memory in bytes, seconds a seed, microseconds a step.</summary>
    /// <param name="document">The document.</param>
    public static string Write(ResultDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var names = new SettingNames(document);
        var withFactor = document.Methods.Any(method => double.IsFinite(method.CompressionFactor));
        var withTaskIncremental = document.Methods.Any(method => method.TaskIncrementalAcc is not null);
        List<string> columns = ["Method", "ACC, %", "BWT, %", "Forgetting, %"];
        if (withTaskIncremental)
        {
            columns.Add("Task-IL ACC, %");
        }

        columns.Add("Memory, bytes");
        if (withFactor)
        {
            columns.Add("F");
        }

        columns.AddRange(["s a seed", "µs a step", "Seeds"]);
        return Render(columns, document.Methods.Select(method =>
        {
            List<string> row =
            [
                names.LabelOf(method), NumberText.Percent(method.Acc), NumberText.Percent(method.Bwt), NumberText.Percent(method.Forgetting),
            ];
            if (withTaskIncremental)
            {
                row.Add(NumberText.Percent(method.TaskIncrementalAcc));
            }

            row.Add(NumberText.Count(method.MemoryBytes));
            if (withFactor)
            {
                row.Add(NumberText.Short(method.CompressionFactor));
            }

            row.AddRange([NumberText.Short(method.Seconds), NumberText.Short(method.StepMicroseconds), NumberText.Count(method.Seeds.Count)]);
            return row;
        }));
    }

    /// <summary>The grid of a sweep: one row a combination of settings, one column a method, ACC ± interval and BWT in percent.</summary>
    /// <param name="document">The document of a sweep.</param>
    public static string WriteGrid(ResultDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var grid = new SweepGrid(document);
        return Render(
            ["Setting", .. grid.Methods],
            grid.Settings.Select(setting => (IReadOnlyList<string>)
            [
                setting.Length == 0 ? NumberText.Missing : setting,
                .. grid.Methods.Select(name => grid[setting, name] is { } method
                    ? $"{NumberText.Percent(method.Acc)} / {NumberText.Percent(method.Bwt.Mean)}"
                    : NumberText.Missing),
            ]));
    }

    /// <summary>ACC of chosen methods minus ACC of a baseline over their common seeds, in points, with the p of the paired t test.</summary>
    /// <param name="document">The document.</param>
    /// <param name="pairs">Labels of method and baseline, as <see cref="MethodResult.Label"/> gives them.</param>
    /// <exception cref="ArgumentException">A label is not in the document; the message lists those that are.</exception>
    public static string WriteDifferences(ResultDocument document, IEnumerable<(string Method, string Baseline)> pairs)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(pairs);
        return Render(
            ["Method", "Baseline", "ACC difference, points", "p", "Seeds"],
            pairs.Select(pair =>
            {
                var difference = PairedDifference.Between(Find(document, pair.Method), Find(document, pair.Baseline), method => method.Acc);
                return (IReadOnlyList<string>)
                [
                    pair.Method, pair.Baseline, NumberText.Points(difference.Mean, difference.Ci95),
                    NumberText.Probability(difference.PValue), NumberText.Count(difference.Pairs),
                ];
            }));
    }

    /// <summary>
    /// Accuracy against the compression factor: one row a method (and what else it was swept over), one column a rank, ACC ± interval in
    /// percent and the bytes kept; the knee (<see cref="KneeFinder"/>) is in the last column.
    /// </summary>
    /// <param name="document">The document of a rank ablation.</param>
    public static string WriteCompression(ResultDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var curves = CompressionCurve.Collect(document, new SettingNames(document), out _);
        string[] ranks = [.. curves.SelectMany(curve => curve.Points).Select(point => point.Text).Distinct().OrderBy(text => text.Length).ThenBy(text => text, StringComparer.Ordinal)];
        return Render(
            ["Method", .. ranks, "Knee"],
            curves.Select(curve => (IReadOnlyList<string>)
            [
                curve.Label,
                .. ranks.Select(rank => curve.Points.FirstOrDefault(point => point.Text == rank).Method is { } method
                    ? $"{NumberText.Percent(method.Acc)} (F {NumberText.Short(method.CompressionFactor)}, {NumberText.Count(method.MemoryBytes)} B)"
                    : NumberText.Missing),
                curve.Knee < 0 ? NumberText.Missing : curve.Points[curve.Knee].Text,
            ]));
    }

    /// <summary>A table of the final tables, with its heading and note.</summary>
    internal static string Write(ReportTable table) =>
        $"### {table.Heading}\n\n{table.Note}\n\n"
        + Render(table.Columns, table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(cell => cell.Small is null ? cell.Text : $"{cell.Text} ({cell.Small})")]), row =>
            [.. table.Rows[row].Select(cell => cell.Strong)]);

    private static MethodResult Find(ResultDocument document, string label) =>
        document.Methods.FirstOrDefault(method => method.Label == label)
        ?? throw new ArgumentException(
            $"markdown table: no method '{label}' in '{document.Name}'. It has: {string.Join(", ", document.Methods.Select(method => method.Label))}.");

    private static string Render(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, Func<int, bool[]>? strong = null)
    {
        var text = new StringBuilder();
        Append(columns, null);
        text.Append("| --- |").Insert(text.Length, " ---: |", columns.Count - 1).Append('\n');
        var number = 0;
        foreach (var row in rows)
        {
            Append(row, strong?.Invoke(number++));
        }

        return text.ToString();

        void Append(IReadOnlyList<string> cells, bool[]? bold)
        {
            text.Append('|');
            for (var c = 0; c < cells.Count; c++)
            {
                var mark = bold is not null && bold[c] ? "**" : "";
                text.Append(' ').Append(mark).Append(Escape(cells[c])).Append(mark).Append(" |");
            }

            text.Append('\n');
        }
    }

    /// <summary>Keeps a name in its cell: no bars, no line breaks, no markup.</summary>
    private static string Escape(string text)
    {
        var safe = new StringBuilder();
        foreach (var c in text)
        {
            safe.Append(c switch
            {
                '|' or '\\' or '`' or '*' or '_' or '[' or ']' => $"\\{c}",
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                < ' ' => " ",
                _ => c.ToString(),
            });
        }

        return safe.ToString();
    }
}
