using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>Where a result comes from: machine, notes and the experiment as it was run.</summary>
internal static class ProvenanceSection
{
    /// <summary>Writes the line about the machine and the notes.</summary>
    public static void WriteHead(HtmlWriter html, ResultDocument document)
    {
        var e = document.Environment;
        var parts = new List<string?>
        {
            "engram " + e.EngineVersion + (e.Commit is null ? "" : $" ({e.Commit})"),
            e.CpuModel,
            $"{e.Cores} cores, {e.Threads} {(e.Threads == 1 ? "thread" : "threads")} a cell",
            string.Join(" ", e.InstructionSets),
            e.Os,
            e.Runtime,
            e.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture),
            e.MachineNote,
        };
        html.Element("p", string.Join(" · ", parts.Where(part => !string.IsNullOrEmpty(part))), ("class", "machine"));
        var remarks = document.Notes.Concat(MissingText.Of(document).Select(line => "Missing: " + line)).ToArray();
        if (remarks.Length > 0)
        {
            using (html.Open("ul", ("class", "notes")))
            {
                foreach (var remark in remarks)
                {
                    html.Element("li", remark);
                }
            }
        }
    }

    /// <summary>Writes the experiment, folded away.</summary>
    public static void WriteConfig(HtmlWriter html, ResultDocument document)
    {
        using (html.Open("details"))
        {
            html.Element("summary", "The experiment as it was run");
            html.Element("pre", Indented(document.Config));
        }
    }

    private static string Indented(JsonObject config)
    {
        using var buffer = new MemoryStream();
        // The page escapes for HTML itself; the default encoder would write every non-ASCII letter as a number.
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            config.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
