using Engram.Results;
using static Engram.Report.HtmlWriter;

namespace Engram.Report;

/// <summary>
/// Turns a bench document into one self-contained page: rooflines, the table of workloads, what changed since another run, the history of
/// every workload. No script, nothing loaded from elsewhere.
/// </summary>
public static class BenchReport
{
    /// <summary>Writes the page to a file; the name refers to a whole page at every moment.</summary>
    /// <param name="document">The run.</param>
    /// <param name="comparison">Its comparison with an earlier run; null for none.</param>
    /// <param name="history">Runs to show over time; those of other machines are left out.</param>
    /// <param name="path">The file; its folder is created, an older file is replaced.</param>
    public static void Write(BenchDocument document, BenchComparison? comparison, BenchHistory? history, string path) =>
        HtmlPage.Save(path, writer => Write(document, comparison, history, writer));

    /// <summary>Writes the page.</summary>
    /// <param name="document">The run.</param>
    /// <param name="comparison">Its comparison with an earlier run; null for none.</param>
    /// <param name="history">Runs to show over time; those of other machines are left out.</param>
    /// <param name="output">Where the page goes; the text declares UTF-8.</param>
    public static void Write(BenchDocument document, BenchComparison? comparison, BenchHistory? history, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(output);
        var groups = document.Rows.Select(row => row.Group).Distinct().ToList();
        HtmlPage.Write(output, "Engram benchmarks", html =>
        {
            WriteHead(html, document);
            RooflineSection.Write(html, document, groups);
            BenchTableSection.WriteGroups(html, document);
            if (comparison is not null)
            {
                BenchTableSection.WriteComparison(html, comparison);
            }

            BenchTableSection.Write(html, document, groups);
            if (history is not null)
            {
                BenchHistorySection.Write(html, document, history);
            }
        });
    }

    private static void WriteHead(HtmlWriter html, BenchDocument document)
    {
        var e = document.Environment;
        string?[] parts =
        [
            "engram " + e.EngineVersion + (e.Commit is null ? "" : $" ({BenchHistorySection.Short(e.Commit)})"),
            e.CpuModel,
            $"{e.Cores} cores",
            document.Device,
            "matrix product kernels " + document.GemmRung,
            document.Clock == "cpu" ? "the thread's own time" : "wall time",
            e.Os,
            e.Runtime,
            e.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture),
            e.MachineNote,
        ];
        html.Element("p", string.Join(" · ", parts.Where(part => !string.IsNullOrEmpty(part))), ("class", "machine"));
        string[] notes = [.. document.Complete ? [] : (string[])["The run was stopped before all workloads were timed."], .. document.Notes];
        if (notes.Length > 0)
        {
            using (html.Open("ul", ("class", "notes")))
            {
                foreach (var note in notes)
                {
                    html.Element("li", note);
                }
            }
        }

        if (document.Failures.Count > 0)
        {
            html.Element("h3", "Wrong results");
            html.Element("p", "These have no number: what was computed differs from the double-precision reference twin, or a call threw.");
            HtmlTable.Write(html, "Workloads without a number", ["Workload", "Threads", "What is wrong"],
                document.Failures.Select(failure => (IReadOnlyList<TableCell>)[failure.Name, Number(failure.Threads), failure.Message]), cards: true);
        }
    }
}
