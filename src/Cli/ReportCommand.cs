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
        Command command = new("report", "Make a page, tables or figures of result documents.") { results, html, markdown, figures, methods };
        command.SetAction(parsed => CommandGuard.Run(() =>
        {
            string? page = parsed.GetValue(html), tables = parsed.GetValue(markdown), plots = parsed.GetValue(figures), names = parsed.GetValue(methods);
            if (page is null && tables is null && plots is null)
                throw new FormatException("report: say where to, with --html FILE, --markdown FILE or --figures FOLDER");
            ResultDocument[] documents = [.. parsed.GetValue(results)!.Select(text => ResultJson.Load(PathOf(text)))];
            if (names is not null)
                documents = Array.ConvertAll(documents, document => MethodSelection.Of(document, names.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
            if (page is not null)
            {
                HtmlReport.Write(documents, page);
                Console.Error.WriteLine($"report: {Path.GetFullPath(page)}");
            }

            if (plots is not null)
            {
                foreach (string file in FigureFiles.Write(documents, plots))
                    Console.Error.WriteLine($"report: {Path.GetFullPath(file)}");
            }

            if (tables is not null)
            {
                string text = string.Join('\n', documents.Select(MarkdownReport.Write));
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
