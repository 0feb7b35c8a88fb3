using Engram.Results;

namespace Engram.Report;

/// <summary>The head of a page of several documents: contents, and ACC of every method in every document.</summary>
internal static class ComparisonSection
{
    /// <summary>Writes the table of contents and the comparison.</summary>
    public static void Write(HtmlWriter html, IReadOnlyList<DocumentView> views)
    {
        using (html.Open("nav", ("aria-label", "Contents")))
        using (html.Open("ol"))
        {
            foreach (var view in views)
            {
                using (html.Open("li"))
                {
                    html.Element("a", view.Title, ("href", "#" + view.Id));
                }
            }
        }

        html.Element("h2", "Comparison");
        var labels = views.SelectMany(view => view.Document.Methods.Select(view.LabelOf)).Distinct(StringComparer.Ordinal);
        HtmlTable.Write(
            html, "ACC ± 95 % interval over the seeds, percent; BWT in small print", ["Method", .. views.Select(view => view.Title)],
            labels.Select(label => (IReadOnlyList<TableCell>)[label, .. views.Select(view => Cell(view, label))]),
            cards: true);
    }

    private static TableCell Cell(DocumentView view, string label) =>
        view.Document.Methods.FirstOrDefault(method => view.LabelOf(method) == label) is { } found
            ? new TableCell(NumberText.Percent(found.Acc), "BWT " + NumberText.Percent(found.Bwt.Mean, 1))
            : NumberText.Missing;
}
