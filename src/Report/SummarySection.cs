using System.Globalization;
using Engram.Results;

namespace Engram.Report;

/// <summary>The main table of a document, and the differences between its methods paired by seed.</summary>
internal static class SummarySection
{
    /// <summary>Most methods for which the table of differences stays readable.</summary>
    private const int MostCompared = 8;

    /// <summary>Writes the main table; of a sweep with many entries the best of each method, and all of them folded away.</summary>
    public static void WriteTables(HtmlWriter html, DocumentView view)
    {
        WriteTable(html, view, view.Shown);
        if (view.IsSelection)
        {
            html.Element("p", "Here and in the figures below each method stands at the setting with its best mean ACC. That choice was made on the test data "
                + "shown here, so it flatters every method a little.");
            using (html.Open("details"))
            {
                html.Element("summary", string.Create(CultureInfo.InvariantCulture, $"All {view.Document.Methods.Count} entries"));
                WriteTable(html, view, view.Document.Methods);
            }
        }
    }

    /// <summary>Writes what else was measured, one column a quantity; nothing when there is nothing.</summary>
    public static void WriteExtras(HtmlWriter html, DocumentView view)
    {
        var names = view.Shown.SelectMany(m => m.Extras?.Keys ?? []).Distinct(StringComparer.Ordinal).ToArray();
        if (names.Length == 0)
        {
            return;
        }

        html.Element("h3", "Further measurements");
        HtmlTable.Write(
            html, "Mean ± half width of the 95 % interval over the seeds", ["Method", .. names],
            view.Shown.Select(method => (IReadOnlyList<TableCell>)
            [
                new TableCell(view.LabelOf(method), Series: view.SeriesOf(method)),
                .. names.Select(name => method.Extras is { } extras && extras.TryGetValue(name, out var value) ? NumberText.Short(value) : NumberText.Missing),
            ]),
            cards: names.Length > 2);
    }

    private static void WriteTable(HtmlWriter html, DocumentView view, IReadOnlyList<MethodResult> methods)
    {
        var columns = Columns(methods);
        HtmlTable.Write(
            html,
            "Mean ± half width of the 95 % Student-t interval over the seeds; accuracies and transfers in percent",
            [.. columns.Select(column => column.Name)],
            methods.Select(method => (IReadOnlyList<TableCell>)[.. columns.Select(column => column.Cell(view, method))]),
            cards: true);
    }

    /// <summary>Writes ACC of each row minus ACC of each column over their common seeds; nothing when there are no pairs.</summary>
    public static void WriteDifferences(HtmlWriter html, DocumentView view)
    {
        var methods = view.Shown;
        if (methods.Count is < 2 or > MostCompared || !methods[0].Seeds.Intersect(methods[1].Seeds).Skip(1).Any())
        {
            return;
        }

        html.Element("h3", "Differences paired by seed");
        using var details = html.Open("details");
        html.Element("summary", "ACC of each shown method minus ACC of each other");
        html.Element(
            "p",
            "ACC of the method in the title of a row minus ACC of the method in the column, in points, over the seeds that both have, with the p of the "
            + "paired t test (not corrected for the number of pairs). Bold: p < 0.05.");
        var rows = methods.Select(row => (IReadOnlyList<TableCell>)
        [
            view.LabelOf(row),
            .. methods.Select(column => ReferenceEquals(row, column) ? "·" : Difference(row, column)),
        ]);
        HtmlTable.Write(html, "Difference in ACC ± 95 % interval, and p", ["Row minus column", .. methods.Select(view.LabelOf)], rows, cards: true);
    }

    private static TableCell Difference(MethodResult row, MethodResult column)
    {
        var difference = PairedDifference.Between(row, column, method => method.Acc);
        return new TableCell(
            NumberText.Points(difference.Mean, difference.Ci95),
            double.IsNaN(difference.PValue) ? null : "p " + NumberText.Probability(difference.PValue),
            Strong: difference.PValue < 0.05);
    }

    private static List<(string Name, Func<DocumentView, MethodResult, TableCell> Cell)> Columns(IReadOnlyList<MethodResult> methods)
    {
        var columns = new List<(string, Func<DocumentView, MethodResult, TableCell>)>
        {
            ("Method", (view, m) => new TableCell(view.LabelOf(m), Series: view.SeriesOf(m))),
            ("ACC", (_, m) => new TableCell(NumberText.Percent(m.Acc), Strong: true)),
            ("BWT", (_, m) => NumberText.Percent(m.Bwt)),
            ("FWT", (_, m) => NumberText.Percent(m.Fwt)),
            ("Forgetting", (_, m) => NumberText.Percent(m.Forgetting)),
            ("Learning ACC", (_, m) => NumberText.Percent(m.LearningAccuracy)),
        };
        if (methods.Any(m => m.TaskIncrementalAcc is not null))
        {
            columns.Add(("Task-IL ACC", (_, m) => NumberText.Percent(m.TaskIncrementalAcc)));
        }

        if (methods.Any(m => m.Lca is not null))
        {
            columns.Add(("LCA", (_, m) => NumberText.Percent(m.Lca)));
        }

        columns.Add(("Memory, bytes", (_, m) => NumberText.Count(m.MemoryBytes)));
        columns.Add(("Seconds", (_, m) => NumberText.Short(m.Seconds)));
        columns.Add(("µs/step", (_, m) => NumberText.Short(m.StepMicroseconds)));
        columns.Add(("Seeds", (_, m) => NumberText.Count(m.Seeds.Count)));
        return columns;
    }
}
