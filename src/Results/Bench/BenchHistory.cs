using System.Text;

namespace Engram.Results;

/// <summary>
/// Bench documents of many runs in one file, one line of JSON each. A run only appends: a process that is killed while writing leaves a torn
/// last line, which is skipped by readers and closed by the next writer.
/// </summary>
public sealed record BenchHistory
{
    /// <summary>The runs, oldest first.</summary>
    public required IReadOnlyList<BenchDocument> Runs { get; init; }

    /// <summary>What was skipped, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Reads a history; a file that is not there is an empty one.</summary>
    /// <param name="path">The file.</param>
    public static BenchHistory Load(string path)
    {
        if (!File.Exists(path))
            return new BenchHistory { Runs = [], Notes = [] };
        List<BenchDocument> runs = [];
        List<string> notes = [];
        int number = 0;
        foreach (string line in Encoding.UTF8.GetString(ResultJson.ReadFile(path)).Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                runs.Add(BenchJson.Deserialize(line, $"{path}, line {number}"));
            }
            catch (ResultFormatException e)
            {
                notes.Add($"skipped: {e.Message}");
            }
        }

        return new BenchHistory { Runs = [.. runs.OrderBy(run => run.Environment.StartedAt)], Notes = notes };
    }

    /// <summary>Adds a run at the end of the file, whose folder is created.</summary>
    /// <param name="document">The run.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file is in use by another writer, or cannot be written.</exception>
    public static void Append(BenchDocument document, string path)
    {
        string whole = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        byte[] line = Encoding.UTF8.GetBytes(BenchJson.Serialize(document) + "\n");
        using FileStream file = new(whole, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        bool torn = false;
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            torn = file.ReadByte() != '\n';
        }

        // a torn line gets its end in the same write, so that the new line stands alone
        file.Seek(0, SeekOrigin.End);
        file.Write(torn ? [(byte)'\n', .. line] : line);
        file.Flush(flushToDisk: true);
    }
}
