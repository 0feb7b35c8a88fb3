using System.Security.Cryptography;

namespace Engram.Data;

/// <summary>Checks one known dataset of a data folder: does it load, is it whole, is it balanced, are its files the published ones.</summary>
internal static class DatasetCheck
{
    /// <summary>The finding about a dataset; never throws for what the folder holds.</summary>
    /// <param name="root">The data folder.</param>
    /// <param name="layout">The dataset.</param>
    public static DataFinding Of(string root, DatasetLayout layout)
    {
        string name = layout.Name;
        if (!layout.Begun(root))
        {
            return new DataFinding(name, true, "Not in the folder.", layout.Advice + ".") { Absent = true };
        }

        try
        {
            DatasetSummary summary = DatasetSummary.Of(new DatasetFolder(root).Load(name));
            string figures = Figures(summary);
            int[] empty = [.. Enumerable.Range(0, summary.Train.Count).Where(c => summary.Train[c] == 0 || summary.Test[c] == 0)];
            if (empty.Length > 0)
            {
                return new DataFinding(
                    name, false, $"{figures}; no images in one of the splits for class {string.Join(", ", empty)}.",
                    "The files seem to be cut or mixed up; get them again.") { Summary = summary };
            }

            (int train, int test) = (summary.Train.Sum(), summary.Test.Sum());
            bool whole = layout.Published is not { } published || (train, test) == published;
            string size = whole || layout.Published is not { } all ? "" : $" A part of the published {all.Train} and {all.Test}.";
            (string content, string[] strange) = Contents(root, layout);
            return strange.Length > 0 && whole
                ? new DataFinding(
                    name, false, $"{figures}.{content} Not the published content: {string.Join(", ", strange)}.",
                    "A file of this format has no checksum of its own, so that it may be damaged; get it again.") { Summary = summary }
                : new DataFinding(name, true, $"{figures}.{size}{content}") { Summary = summary };
        }
        catch (DatasetNotFoundException e)
        {
            return new DataFinding(name, false, e.Message, "Add the missing files.");
        }
        catch (DataFormatException e)
        {
            return new DataFinding(name, false, $"{e.File}: expected {e.Expected}, found {e.Found}.", e.Remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DataFinding(name, false, e.Message, "Check that the files can be read.");
        }
    }

    private static string Figures(DatasetSummary summary)
    {
        string size = summary.Channels == 1 ? $"{summary.Height}x{summary.Width}" : $"{summary.Channels}x{summary.Height}x{summary.Width}";
        return $"{summary.Train.Sum()} training and {summary.Test.Sum()} test images of {size}, " +
            $"{summary.Train.Count} classes of {summary.Train.Min()} to {summary.Train.Max()} and {summary.Test.Min()} to {summary.Test.Max()} images";
    }

    // what is known about the files' content, and the files that differ from a published one without being known
    private static (string Text, string[] Strange) Contents(string root, DatasetLayout layout)
    {
        List<string> strange = [], remarks = [];
        int published = 0, files = 0;
        foreach (string path in ((bool[])[true, false]).SelectMany(train => layout.Find(root, train, [])!.Files).Distinct())
        {
            files++;
            string file = Path.GetFileName(path).Replace(".gz", "", StringComparison.Ordinal);
            KnownContent[] known = [.. KnownContent.All.Where(content => content.Dataset == layout.Name && content.File == file)];
            if (known.Length == 0)
            {
                continue;
            }

            using DataFile data = DataFile.Open(path);
            string sum = Convert.ToHexStringLower(SHA256.HashData(data.Content));
            KnownContent? match = known.FirstOrDefault(content => content.Sum == sum);
            if (match is { Remark: null })
            {
                published++;
            }
            else if (match is not null)
            {
                remarks.Add($"{file}: {match.Remark}");
            }
            else if (known.Any(content => content.Remark is null))
            {
                strange.Add($"{file} (SHA-256 of its content {sum})");
            }
        }

        string text = published == 0 ? "" : published == files ? " Content as published." : $" {published} of {files} files have the published content.";
        return (text + (remarks.Count == 0 ? "" : $" Known differences: {string.Join("; ", remarks)}."), [.. strange]);
    }
}
