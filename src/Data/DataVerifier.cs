using System.Security.Cryptography;

namespace Engram.Data;

/// <summary>
/// Checks a data folder: which known datasets are in it, whether they load whole, how many images each class has, whether their content is the
/// published one where its sum is known, and whether files have the SHA-256 sums that a file <c>SHA256SUMS</c> in the folder (lines of
/// <c>sum  path</c>) states. Datasets that are not there are listed with what to put where.
/// </summary>
public static class DataVerifier
{
    /// <summary>The name of the file with checksums.</summary>
    public const string SumsFile = "SHA256SUMS";

    // no line of a checksum file is longer than a sum and a path
    private const long MaxSumsBytes = 16 << 20;

    /// <summary>Checks everything; never throws for what the folder holds.</summary>
    /// <param name="folder">The folder with one sub-folder per dataset.</param>
    /// <returns>One finding per dataset found, per file that <c>SHA256SUMS</c> names, and per problem; then one per dataset that is absent.</returns>
    public static IReadOnlyList<DataFinding> Verify(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (!Directory.Exists(folder))
        {
            return [new DataFinding(folder, false, "The folder does not exist.", "Give the folder that holds mnist/, fashion-mnist/ and so on.")];
        }

        // two names for the same files are checked once
        DataFinding[] datasets = [.. DatasetLayouts.All.Where(layout => layout.SameFilesAs is null).Select(layout => DatasetCheck.Of(folder, layout))];
        List<DataFinding> findings = [.. datasets.Where(finding => !finding.Absent)];
        if (findings.Count == 0)
        {
            findings.Add(new DataFinding(
                folder, false, $"No known dataset is in it (looked for {string.Join(", ", DatasetFolder.KnownNames)}).",
                "Put each dataset's files into a folder of its name."));
        }

        findings.AddRange(CheckSums(folder));
        findings.AddRange(datasets.Where(finding => finding.Absent));
        return findings;
    }

    private static IEnumerable<DataFinding> CheckSums(string folder)
    {
        string path = Path.Combine(folder, SumsFile);
        if (!File.Exists(path))
        {
            yield break;
        }

        if (new FileInfo(path).Length > MaxSumsBytes)
        {
            yield return new DataFinding(SumsFile, false, $"It is larger than {MaxSumsBytes} bytes.", "Is this a list of checksums?");
            yield break;
        }

        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            yield return CheckLine(folder, line, number);
        }
    }

    private static DataFinding CheckLine(string folder, string line, int number)
    {
        const int Digits = 2 * SHA256.HashSizeInBytes;
        // "sum  path" or, for binary mode, "sum *path"
        if (line.Length < Digits + 3 || line[Digits] != ' ' || line[Digits + 1] is not (' ' or '*') ||
            line.AsSpan(0, Digits).ContainsAnyExcept("0123456789abcdefABCDEF"))
        {
            return new DataFinding(SumsFile, false, $"Line {number} is not a sum, two blanks and a path.", "Make the list again with sha256sum.");
        }

        string file = line[(Digits + 2)..];
        string full = Path.GetFullPath(Path.Combine(folder, file));
        if (!full.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return new DataFinding(file, false, $"Line {number} of {SumsFile} names a file outside the folder; it was not read.", "Remove the line.");
        }

        try
        {
            if (!File.Exists(full))
            {
                return new DataFinding(file, false, $"{SumsFile} names it, but it is not there.", "Get the file, or remove its line.");
            }

            using FileStream stream = new(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            string sum = Convert.ToHexStringLower(SHA256.HashData(stream));
            return sum.AsSpan().Equals(line.AsSpan(0, Digits), StringComparison.OrdinalIgnoreCase)
                ? new DataFinding(file, true, "SHA-256 as stated.")
                : new DataFinding(file, false, $"SHA-256 is {sum}, stated is {line[..Digits]}.", "The file is damaged or another version; get it again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DataFinding(file, false, e.Message, "Check that the file can be read.");
        }
    }
}
