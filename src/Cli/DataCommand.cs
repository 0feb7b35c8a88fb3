using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Data;

namespace Engram.Cli;

/// <summary><c>engram data verify DIR</c>: are the datasets there, whole, and as their checksums say.</summary>
internal static class DataCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("folder") { Description = "The folder that holds mnist/, fashion-mnist/ and so on." };
        Option<bool> json = new("--json") { Description = "Print the findings as JSON." };
        Command verify = new("verify", "Check a data folder: datasets found, sizes, classes, checksums.") { folder, json };
        verify.SetAction(parsed => CommandGuard.Run(() =>
        {
            string path = parsed.GetValue(folder)!;
            if (!Directory.Exists(path))
                throw new DirectoryNotFoundException($"data verify: the folder {path} does not exist");
            IReadOnlyList<DataFinding> findings = DataVerifier.Verify(path);
            bool whole = findings.All(finding => finding.Ok);
            if (parsed.GetValue(json))
            {
                DataFindings document = new(1, path, whole, findings);
                Console.Out.WriteLine(JsonSerializer.Serialize(document, DataJsonContext.Default.DataFindings));
            }
            else
            {
                foreach (DataFinding finding in findings)
                    Console.Out.WriteLine($"{(finding.Absent ? "absent " : finding.Ok ? "ok     " : "problem")}  {finding.Subject}: {finding.Message}{(finding.Remedy.Length == 0 ? "" : " " + finding.Remedy)}");
            }

            return whole ? ExitCode.Ok : ExitCode.Failed;
        }));
        return new Command("data", "Look after data folders.") { verify };
    }
}

/// <summary>What <c>engram data verify --json</c> prints.</summary>
internal sealed record DataFindings(int SchemaVersion, string Folder, bool Ok, IReadOnlyList<DataFinding> Findings);

/// <summary>Source-generated JSON of findings.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DataFindings))]
internal sealed partial class DataJsonContext : JsonSerializerContext;
