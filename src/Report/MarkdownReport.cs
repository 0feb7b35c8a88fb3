using System.Text;
using Engram.Results;

namespace Engram.Report;

/// <summary>A document's tables as one Markdown text: methods (or the grid of a sweep), accuracy against compression with its knees, differences.</summary>
public static class MarkdownReport
{
    private const int LongestTable = 16;

    /// <summary>Writes the tables of one document under a heading; under one heading per dataset where it swept over datasets.</summary>
    /// <param name="document">The document.</param>
    /// <param name="comparison">Arms to be compared over all places, in a table of their own; <c>null</c> for none.</param>
    public static string Write(ResultDocument document, ArmComparison? comparison = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        IReadOnlyList<ReportTable> tables = [.. GridTables.Of(document), .. RankTables.Of(document)];
        return (tables.Count > 0 ? Final(document, tables) : string.Join('\n', DatasetSplit.Of(document).Select(Section)))
            + (comparison is null ? "" : "\n" + MarkdownTable.Write(comparison.TableOf(document)));
    }

    /// <summary>The final tables of an experiment with axes.</summary>
    private static string Final(ResultDocument document, IReadOnlyList<ReportTable> tables)
    {
        var text = new StringBuilder($"## {document.Name}\n\n");
        foreach (ReportTable table in tables)
            text.Append(MarkdownTable.Write(table)).Append('\n');
        if (CompressionCurve.Collect(document, new SettingNames(document), out _).Count > 0)
            text.Append("### accuracy against compression\n\n").Append(MarkdownTable.WriteCompression(document)).Append('\n');
        Gaps(document, text);
        Remarks(document, text);
        return text.ToString();
    }

    private static void Gaps(ResultDocument document, StringBuilder text)
    {
        if (ParetoStudy.Of(document) is { } study)
            text.Append(MarkdownTable.Write(new ReportTable(
                "Forward against backward transfer", $"Hypervolume above learning accuracy {NumberText.Percent(study.Reference.X)} % and BWT {NumberText.Percent(study.Reference.Y)} %.",
                ParetoSection.Columns, [.. ParetoSection.Rows(study).Select(row => (IReadOnlyList<TableCell>)[.. row.Select(cell => new TableCell(cell))])]))).Append('\n');
        var names = new SettingNames(document);
        var measured = GapSection.Measured(document.Methods);
        if (measured.Count > 0)
            text.Append(MarkdownTable.Write(new ReportTable(GapSection.Heading, "Means over measured steps and finished tasks.", GapSection.Columns,
                [.. measured.Select(method => (IReadOnlyList<TableCell>)[new TableCell(names.LabelOf(method)), .. GapSection.Row(method).Select(cell => new TableCell(cell))])]))).Append('\n');
    }

    private static void Remarks(ResultDocument document, StringBuilder text)
    {
        foreach (string note in document.Notes)
            text.Append($"Note: {note}\n");
        foreach (string line in MissingText.Of(document))
            text.Append($"Missing: {line}\n");
    }

    private static string Section(ResultDocument document)
    {
        var text = new StringBuilder($"## {document.Name}\n\n");
        var curves = CompressionCurve.Collect(document, new SettingNames(document), out _);
        if (curves.Count > 0)
            text.Append(MarkdownTable.WriteCompression(document)).Append('\n');
        else if (document.Methods.Count > LongestTable)
            text.Append("ACC ± interval / BWT, percent.\n\n").Append(MarkdownTable.WriteGrid(document)).Append('\n');
        else
            text.Append(MarkdownTable.Write(document)).Append('\n');

        var pairs = BaselinePairs.Of(document);
        if (pairs.Count > 0)
            text.Append(MarkdownTable.WriteDifferences(document, pairs.Select(pair => (pair.Method.Label, pair.Baseline.Label)))).Append('\n');
        Gaps(document, text);
        Remarks(document, text);
        return text.ToString();
    }
}
