using System.CommandLine;
using Engram.Cli;

RootCommand root = new("Engram: continual learning on hand-written kernels. Run an experiment, look at the machine, time the kernels, check data, make a report.");
root.Subcommands.Add(RunCommand.Create());
root.Subcommands.Add(ListCommand.Create());
root.Subcommands.Add(BenchCommand.Create());
root.Subcommands.Add(DoctorCommand.Create());
root.Subcommands.Add(DataCommand.Create());
root.Subcommands.Add(ModelCommand.Create());
root.Subcommands.Add(ReportCommand.Create());

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
        Console.Error.WriteLine($"engram: {message}");
    Console.Error.WriteLine($"Try 'engram {(parsed.CommandResult.Command == root ? "" : parsed.CommandResult.Command.Name + " ")}--help'.");
    return ExitCode.BadInput;
}

// Signals are the commands' own business: a run puts its cells in order first, and its exit code says that it was stopped.
return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
