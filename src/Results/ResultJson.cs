using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Engram.Results;

/// <summary>
/// Reads and writes result documents and cells as JSON (camelCase, NaN as <c>null</c>). Files appear under their name only
/// when they are whole; what is read is checked before it is handed out, and every complaint names the file.
/// </summary>
public static class ResultJson
{
    /// <summary>Largest file that is read, in bytes: far above any real result, far below what exhausts memory.</summary>
    public const long LargestFile = 512L << 20;

    /// <summary>A document as JSON text.</summary>
    /// <param name="document">The document.</param>
    /// <exception cref="ResultFormatException">The document contradicts itself.</exception>
    public static string Serialize(ResultDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        Require(ResultValidation.Problems(document), "result document to be written");
        return JsonSerializer.Serialize(document, ResultJsonContext.Default.ResultDocument);
    }

    /// <summary>A cell as JSON text.</summary>
    /// <param name="cell">The cell.</param>
    /// <exception cref="ResultFormatException">The cell contradicts itself.</exception>
    public static string Serialize(CellResult cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        Require(ResultValidation.Problems(cell), "cell to be written");
        return JsonSerializer.Serialize(cell, ResultJsonContext.Default.CellResult);
    }

    /// <summary>Reads a document from JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Name used in complaints: a file, or where the text came from.</param>
    /// <exception cref="ResultFormatException">Not JSON, another version, or a document that contradicts itself.</exception>
    public static ResultDocument Deserialize(string json, string source = "result document")
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse(System.Text.Encoding.UTF8.GetBytes(json), source, ResultJsonContext.Default.ResultDocument, ResultValidation.Problems);
    }

    /// <summary>Reads a cell from JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Name used in complaints.</param>
    /// <exception cref="ResultFormatException">Not JSON, another version, or a cell that contradicts itself.</exception>
    public static CellResult DeserializeCell(string json, string source = "cell")
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse(System.Text.Encoding.UTF8.GetBytes(json), source, ResultJsonContext.Default.CellResult, ResultValidation.Problems);
    }

    /// <summary>Reads a document from a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ResultFormatException">Truncated, corrupt, another version, or self-contradicting.</exception>
    public static ResultDocument Load(string path) =>
        Parse(ReadFile(path), path, ResultJsonContext.Default.ResultDocument, ResultValidation.Problems);

    /// <summary>Reads a cell from a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ResultFormatException">Truncated, corrupt, another version, or self-contradicting.</exception>
    public static CellResult LoadCell(string path) =>
        Parse(ReadFile(path), path, ResultJsonContext.Default.CellResult, ResultValidation.Problems);

    /// <summary>Writes a document so that the name refers to a whole file at every moment.</summary>
    /// <param name="document">The document.</param>
    /// <param name="path">The file; its folder is created, an older file is replaced.</param>
    /// <exception cref="ResultFormatException">The document contradicts itself.</exception>
    public static void SaveAtomically(ResultDocument document, string path) => WriteAtomically(Serialize(document), path);

    /// <summary>Writes a cell so that the name refers to a whole file at every moment.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="path">The file; its folder is created, an older file is replaced.</param>
    /// <exception cref="ResultFormatException">The cell contradicts itself.</exception>
    public static void SaveAtomically(CellResult cell, string path) => WriteAtomically(Serialize(cell), path);

    internal static void WriteAtomically(string json, string path)
    {
        var whole = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(whole)!;
        Directory.CreateDirectory(folder);
        // The process id keeps two processes that finish the same cell from writing into one temporary file.
        var temporary = $"{whole}.{System.Environment.ProcessId}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(json));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, whole, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    internal static byte[] ReadFile(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= LargestFile
            ? File.ReadAllBytes(path)
            : throw new ResultFormatException($"{path}: {length} bytes are too many for a result file (at most {LargestFile}).");
    }

    private static T Parse<T>(byte[] utf8, string source, JsonTypeInfo<T> type, Func<T, IReadOnlyList<string>> problems)
        where T : class
    {
        try
        {
            ReadOnlySpan<byte> text = utf8;
            if (text.StartsWith("\uFEFF"u8))
            {
                text = text[3..];
            }

            RequireVersion(text, source);
            var value = JsonSerializer.Deserialize(text, type)
                ?? throw new ResultFormatException($"{source}: holds null where a result was expected.");
            Require(problems(value), source);
            return value;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new ResultFormatException($"{source}: not a readable result file (truncated or damaged?): {e.Message}", e);
        }
    }

    /// <summary>Looks at the version before anything else, so that a newer file is called newer and not damaged.</summary>
    private static void RequireVersion(ReadOnlySpan<byte> text, string source)
    {
        var reader = new Utf8JsonReader(text);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new ResultFormatException($"{source}: not a result file: expected a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVersion = reader.ValueTextEquals("schemaVersion"u8);
            reader.Read();
            if (!isVersion)
            {
                reader.Skip();
                continue;
            }

            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version)
                && version == ResultDocument.CurrentSchemaVersion)
            {
                return;
            }

            var found = reader.TokenType is JsonTokenType.Number or JsonTokenType.String
                ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan)
                : reader.TokenType.ToString();
            throw new ResultFormatException(
                $"{source}: schema version {found}; this build reads version {ResultDocument.CurrentSchemaVersion}. "
                + "Use the engram that wrote the file, or run the experiment again.");
        }

        throw new ResultFormatException($"{source}: not a result file: it has no \"schemaVersion\".");
    }

    private static void Require(IReadOnlyList<string> problems, string source)
    {
        if (problems.Count > 0)
        {
            throw new ResultFormatException($"{source}: {string.Join("; ", problems)}.");
        }
    }
}
