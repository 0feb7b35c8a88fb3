namespace Engram.Report;

/// <summary>
/// A table with a caption. On a narrow screen a wide table turns into one card a row (the column names are repeated beside
/// the values by the style sheet), so that nothing has to be scrolled sideways.
/// </summary>
internal static class HtmlTable
{
    /// <summary>Row names up to this length keep to one line.</summary>
    private const int LongestUnbroken = 16;

    /// <summary>Writes the table; the first column names the rows.</summary>
    public static void Write(
        HtmlWriter html, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<TableCell>> rows, bool cards = false)
    {
        using (html.Open("div", ("class", "scroll")))
        using (html.Open("table", ("class", cards ? "cards" : null), ("role", "table")))
        {
            html.Element("caption", caption);
            using (html.Open("thead", ("role", "rowgroup")))
            using (html.Open("tr", ("role", "row")))
            {
                foreach (var column in columns)
                {
                    html.Element("th", column, ("scope", "col"), ("role", "columnheader"));
                }
            }

            using (html.Open("tbody", ("role", "rowgroup")))
            {
                foreach (var row in rows)
                {
                    WriteRow(html, columns, row);
                }
            }
        }
    }

    private static void WriteRow(HtmlWriter html, IReadOnlyList<string> columns, IReadOnlyList<TableCell> row)
    {
        using (html.Open("tr", ("role", "row")))
        {
            for (var c = 0; c < row.Count; c++)
            {
                var cell = row[c];
                var element = c == 0 ? "th" : "td";
                using (html.Open(
                    element,
                    ("scope", c == 0 ? "row" : null),
                    ("role", c == 0 ? "rowheader" : "cell"),
                    ("class", cell.Strong ? "strong" : c == 0 && cell.Text.Length <= LongestUnbroken ? "short" : null),
                    ("data-label", c == 0 ? null : columns[c])))
                {
                    if (cell.Series is { } series)
                    {
                        SeriesMark.WriteInline(html, series);
                    }

                    using (html.Open("span"))
                    {
                        html.Text(cell.Text);
                        if (cell.Small is not null)
                        {
                            html.Text(" ");
                            html.Element("small", cell.Small);
                        }
                    }
                }
            }
        }
    }
}
