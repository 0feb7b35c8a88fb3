using System.CommandLine;
using Engram.Report;
using Engram.Results;

namespace Engram.Cli;

/// <summary><c>engram report RESULT.json… --html FILE</c>: tables and figures of finished runs.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Argument<string[]> results = new("results") { Description = "Result documents (result.json), folders of runs, or names of experiments run into runs/.", Arity = ArgumentArity.OneOrMore };
        Option<string?> html = new("--html") { Description = "Write one self-contained page to this file." };
        Option<string?> markdown = new("--markdown") { Description = "Write the tables as Markdown to this file; '-' prints them." };
        Option<string?> figures = new("--figures") { Description = "Write every plot of the page as an SVG file of its own into this folder." };
        Option<string?> methods = new("--methods") { Description = "Only these methods, by the names that the tables give them; several with ';'. Default: all." };
        Option<string[]> where = new("--where")
        {
            Description = "Only these places: dataset=mnist,scenario=class. Keys: axes and swept settings. scenario=class,domain takes both. Repeatable.",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<string[]> compare = new("--compare")
        {
            Description = "A table of the difference 'A; B' = A − B of two methods, pooled over all places, paired by seed. Repeatable; Holm's correction over all of them.",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<string> metric = new("--metric")
        {
            Description = $"What --compare compares: {string.Join(", ", ArmComparison.Metrics)}, or one of the further measurements of the documents.", DefaultValueFactory = _ => "acc",
        };
        Command command = new("report", "Make a page, tables or figures of result documents.") { results, html, markdown, figures, methods, where, compare, metric };
        command.SetAction(parsed => CommandGuard.Run(() =>
        {
            string? page = parsed.GetValue(html), tables = parsed.GetValue(markdown), plots = parsed.GetValue(figures), names = parsed.GetValue(methods);
            if (page is null && tables is null && plots is null)
                throw new FormatException("report: say where to, with --html FILE, --markdown FILE or --figures FOLDER");
            ResultDocument[] documents = [.. parsed.GetValue(results)!.Select(text => ResultJson.Load(PathOf(text)))];
            if (names is not null)
                documents = Array.ConvertAll(documents, document => MethodSelection.Of(document, names.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
            if (parsed.GetValue(where) is { Length: > 0 } places)
                documents = Array.ConvertAll(documents, document => MethodSelection.Where(document, places));
            ArmComparison? comparison = parsed.GetValue(compare) is { Length: > 0 } pairs ? ArmComparison.Parse(pairs, parsed.GetValue(metric)!) : null;
            if (page is not null)
            {
                HtmlReport.Write(documents, page, comparison);
                Console.Error.WriteLine($"report: {Path.GetFullPath(page)}");
            }

            if (plots is not null)
            {
                foreach (string file in FigureFiles.Write(documents, plots))
                    Console.Error.WriteLine($"report: {Path.GetFullPath(file)}");
            }

            if (tables is not null)
            {
                string text = string.Join('\n', documents.Select(document => MarkdownReport.Write(document, comparison)));
                if (tables == "-")
                    Console.Out.Write(text);
                else
                    File.WriteAllText(tables, text);
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>A file as it is; the document in a run's folder; the document of an experiment that was run into the default folder.</summary>
    private static string PathOf(string text)
    {
        if (Directory.Exists(text))
            return Path.Combine(text, "result.json");
        string run = Path.Combine("runs", text, "result.json");
        return !File.Exists(text) && File.Exists(run) ? run : text;
    }
}
