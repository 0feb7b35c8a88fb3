namespace Engram.Report;

/// <summary>A table with its heading and the sentence that says how to read it; the same for the page and for Markdown.</summary>
/// <param name="Heading">What the table shows.</param>
/// <param name="Note">What its numbers are.</param>
/// <param name="Columns">Names of the columns; the first names the rows.</param>
/// <param name="Rows">The rows. [rows][columns]</param>
internal sealed record ReportTable(string Heading, string Note, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<TableCell>> Rows);
