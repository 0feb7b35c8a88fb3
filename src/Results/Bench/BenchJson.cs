using System.Text;
using System.Text.Json;

namespace Engram.Results;

/// <summary>Reads and writes bench documents; a file appears under its name only when it is whole, and complaints name the file and what to do.</summary>
public static class BenchJson
{
    private const string Remedy = "Run 'engram bench --json > FILE' to make a new one.";

    /// <summary>A document as one line of JSON.</summary>
    /// <param name="document">The document.</param>
    /// <exception cref="ResultFormatException">It holds a number that is not finite, or contradicts itself.</exception>
    public static string Serialize(BenchDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        Require(document, "bench document to be written");
        return JsonSerializer.Serialize(document, BenchJsonContext.Default.BenchDocument);
    }

    /// <summary>Reads a document from JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Name used in complaints.</param>
    /// <exception cref="ResultFormatException">Not JSON, another kind or version of document, or one that contradicts itself.</exception>
    public static BenchDocument Deserialize(string json, string source = "bench document")
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse(Encoding.UTF8.GetBytes(json), source);
    }

    /// <summary>Reads a document from a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ResultFormatException">Truncated, corrupt, another kind or version of document, or one that contradicts itself.</exception>
    public static BenchDocument Load(string path) => Parse(ResultJson.ReadFile(path), path);

    /// <summary>Writes a document so that the name refers to a whole file at every moment.</summary>
    /// <param name="document">The document.</param>
    /// <param name="path">The file; its folder is created, an older file is replaced.</param>
    public static void SaveAtomically(BenchDocument document, string path) => ResultJson.WriteAtomically(Serialize(document), path);

    private static BenchDocument Parse(byte[] utf8, string source)
    {
        try
        {
            ReadOnlySpan<byte> text = utf8;
            if (text.StartsWith("\uFEFF"u8))
                text = text[3..];
            RequireKind(text, source);
            BenchDocument document = JsonSerializer.Deserialize(text, BenchJsonContext.Default.BenchDocument)
                ?? throw new ResultFormatException($"{source}: holds null where a bench document was expected. {Remedy}");
            Require(document, source);
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new ResultFormatException($"{source}: not a readable bench document (truncated or damaged?): {e.Message} {Remedy}", e);
        }
    }

    /// <summary>Looks at kind and version first, so that a foreign or newer file is called that and not damaged.</summary>
    private static void RequireKind(ReadOnlySpan<byte> text, string source)
    {
        using JsonDocument tree = JsonDocument.Parse(Encoding.UTF8.GetString(text));
        if (tree.RootElement.ValueKind != JsonValueKind.Object
            || !tree.RootElement.TryGetProperty("kind", out JsonElement kind) || kind.ValueKind != JsonValueKind.String || kind.GetString() != BenchDocument.DocumentKind)
            throw new ResultFormatException($"{source}: not a bench document: expected a JSON object with \"kind\": \"{BenchDocument.DocumentKind}\". {Remedy}");
        string version = tree.RootElement.TryGetProperty("schemaVersion", out JsonElement number) ? number.GetRawText() : "missing";
        if (version != "1")
            throw new ResultFormatException($"{source}: schema version {version}; this build reads version {BenchDocument.CurrentSchemaVersion}. Use the engram that wrote the file, or make a new one with 'engram bench --json'.");
    }

    private static void Require(BenchDocument document, string source)
    {
        if (Problems(document).FirstOrDefault() is { } problem)
            throw new ResultFormatException($"{source}: {problem}. {Remedy}");
    }

    private static IEnumerable<string> Problems(BenchDocument document)
    {
        if (document.Notes.Any(note => note is null) || document.Failures.Any(failure => failure is null))
            yield return "notes or failures hold null";
        if (document.Environment.InstructionSets.Any(set => set is null))
            yield return "environment.instructionSets holds null";
        for (int i = 0; i < document.Rows.Count; i++)
        {
            BenchRow row = document.Rows[i];
            if (row is null || row.Peers.Concat(row.Rungs).Any(peer => peer is null))
            {
                yield return $"rows[{i}] is null or holds a null peer";
                yield break;
            }

            if (!Positive(row.Milliseconds) || row.Threads < 1 || !NotNegative(row.Noise, row.Gflops, row.Gbps, row.Intensity, row.RoofShare, row.AllocatedBytes))
                yield return $"rows[{i}] ({row.Name}, {row.Threads} threads): expected a positive time and finite figures of zero or more, came {row.Milliseconds} ms";
            foreach (BenchPeer peer in row.Peers.Concat(row.Rungs).Where(peer => !Positive(peer.Milliseconds) || !Positive(peer.Ratio) || !NotNegative(peer.Noise)))
                yield return $"rows[{i}] ({row.Name}): {peer.Name} has {peer.Milliseconds} ms and ratio {peer.Ratio}, expected positive numbers";
        }

        foreach (IGrouping<(string, int), BenchRow> same in document.Rows.GroupBy(row => (row.Name, row.Threads)).Where(same => same.Count() > 1))
            yield return $"{same.Key.Item1} with {same.Key.Item2} threads stands there {same.Count()} times";
        for (int i = 0; i < document.Roofs.Count; i++)
        {
            BenchRoof roof = document.Roofs[i];
            if (roof is null || roof.Widths.Count == 0 || roof.Bandwidths.Count == 0
                || roof.Widths.Any(width => width is null || !Positive(width.Gflops))
                || roof.Bandwidths.Any(bandwidth => bandwidth is null || bandwidth.Bytes < 1 || !Positive(bandwidth.TriadGbps) || !Positive(bandwidth.ReadGbps)))
                yield return $"roofs[{i}] lacks peaks or bandwidths above zero";
        }
    }

    private static bool Positive(double value) => double.IsFinite(value) && value > 0;

    private static bool NotNegative(params ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value) || value < 0)
                return false;
        }

        return true;
    }
}
