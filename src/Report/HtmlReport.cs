using Engram.Results;

namespace Engram.Report;

/// <summary>
/// Turns result documents into one self-contained HTML page: tables, heat maps, curves, bars and images as inline SVG and data
/// URIs, light and dark by the reader's preference, readable on a phone. No script, nothing loaded from elsewhere.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the page to a file; the name refers to a whole page at every moment.</summary>
    /// <param name="documents">The documents, at least one; one section each, in this order.</param>
    /// <param name="path">The file; its folder is created, an older file is replaced.</param>
    /// <param name="comparison">Arms to be compared over all places of every document, in a table of their own; <c>null</c> for none.</param>
    /// <exception cref="ArgumentException">There are no documents.</exception>
    /// <exception cref="FormatException">The comparison names what a document does not have.</exception>
    public static void Write(IReadOnlyList<ResultDocument> documents, string path, ArmComparison? comparison = null)
    {
        HtmlPage.Save(path, writer => Write(documents, writer, comparison));
    }

    /// <summary>Writes the page.</summary>
    /// <param name="documents">The documents, at least one; one section each, in this order.</param>
    /// <param name="output">Where the page goes; the text declares UTF-8.</param>
    /// <param name="comparison">Arms to be compared over all places of every document, in a table of their own; <c>null</c> for none.</param>
    /// <exception cref="ArgumentException">There are no documents.</exception>
    /// <exception cref="FormatException">The comparison names what a document does not have.</exception>
    public static void Write(IReadOnlyList<ResultDocument> documents, TextWriter output, ArmComparison? comparison = null)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(output);
        if (documents.Count == 0)
        {
            throw new ArgumentException("html report: expected at least one result document, came none.", nameof(documents));
        }

        var finals = documents.Select(document => (Document: document, Tables: FinalTables(document, comparison), Panels: AxisCurves.Of(document)))
            .Where(final => final.Tables.Count + final.Panels.Count > 0).ToArray();
        var views = Views([.. documents.SelectMany(DatasetSplit.Of)]);
        var title = documents.Count == 1 && views.Count != 1 ? documents[0].Name : views.Count == 1 ? views[0].Title : "Engram results";
        HtmlPage.Write(output, title, html =>
        {
            foreach (var (document, tables, panels) in finals)
            {
                WriteFinal(html, document, tables, panels, withTitle: documents.Count > 1);
            }

            if (views.Count > 1)
            {
                ComparisonSection.Write(html, views);
            }

            foreach (var view in views)
            {
                WriteDocument(html, view, withTitle: views.Count > 1);
            }
        });
    }

    private static List<ReportTable> FinalTables(ResultDocument document, ArmComparison? comparison) =>
        [.. GridTables.Of(document), .. RankTables.Of(document), .. comparison is null ? [] : (ReportTable[])[comparison.TableOf(document)]];

    private static void WriteFinal(HtmlWriter html, ResultDocument document, IReadOnlyList<ReportTable> tables, IReadOnlyList<AxisCurves.Panel> panels, bool withTitle)
    {
        using (html.Open("section"))
        {
            if (withTitle)
            {
                html.Element("h2", document.Name);
            }

            ProvenanceSection.WriteHead(html, document);
            foreach (var table in tables)
            {
                html.Element("h3", table.Heading);
                html.Element("p", table.Note);
                HtmlTable.Write(html, table.Heading, table.Columns, table.Rows, cards: true);
            }

            AxisSection.Write(html, document.Name, panels);
            ProvenanceSection.WriteConfig(html, document);
        }
    }

    private static void WriteDocument(HtmlWriter html, DocumentView view, bool withTitle)
    {
        using (html.Open("section", ("id", view.Id)))
        {
            if (withTitle)
            {
                html.Element("h2", view.Title);
            }

            ProvenanceSection.WriteHead(html, view.Document);
            if (view.Document.Methods.Count == 0)
            {
                html.Element("p", "The document holds no methods.");
            }
            else
            {
                html.Element("h3", "Summary");
                SummarySection.WriteTables(html, view);
                SweepSection.Write(html, view);
                SummarySection.WriteDifferences(html, view);
                ParetoSection.Write(html, view);
                CurveSection.Write(html, view);
                GapSection.Write(html, view);
                OpenSetSection.Write(html, view);
                RetrievalSection.Write(html, view);
                ProxySection.Write(html, view);
                HeatMapSection.Write(html, view);
                MemorySection.Write(html, view);
                CompressionSection.Write(html, view);
                ImageSection.Write(html, view);
                SummarySection.WriteExtras(html, view);
            }

            ProvenanceSection.WriteConfig(html, view.Document);
        }
    }

    private static List<DocumentView> Views(IReadOnlyList<ResultDocument> documents)
    {
        var views = new List<DocumentView>();
        for (var i = 0; i < documents.Count; i++)
        {
            var name = documents[i].Name;
            var before = documents.Take(i).Count(other => other.Name == name);
            views.Add(new DocumentView(documents[i], before == 0 ? name : $"{name} ({before + 1})", $"document{i + 1}"));
        }

        return views;
    }
}
