namespace Engram.Report;

/// <summary>One cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Small">A second line in small print.</param>
/// <param name="Series">Number of the series whose mark stands before the text: the table is the legend of its figure.</param>
/// <param name="Strong">Set in bold.</param>
internal readonly record struct TableCell(string Text, string? Small = null, int? Series = null, bool Strong = false)
{
    /// <summary>A cell of plain text.</summary>
    public static implicit operator TableCell(string text) => new(text);
}
