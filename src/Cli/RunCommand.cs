using System.CommandLine;
using System.Runtime.InteropServices;
using Engram.ContinualLearning.Experiments;
using Engram.Data;
using Engram.Kernels;
using Engram.Results;

namespace Engram.Cli;

/// <summary><c>engram run [experiment]</c>: trains an experiment and prints its table or its result document.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        Argument<string?> experiment = new("experiment")
        {
            Description = "A preset (see 'engram list') or an experiment's JSON file. Without one: svd-fashion-rotation where the data folder has Fashion-MNIST, else quickstart.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> seed = new("--seed") { Description = "One seed in place of the experiment's own." };
        Option<string?> seeds = new("--seeds") { Description = "Seeds in place of the experiment's own: 0..4 (both ends included), or 0..2,7." };
        Option<string[]> set = new("--set") { Description = "key=value: replaces one setting, e.g. optimizer.learningRate=0.1. Repeatable.", AllowMultipleArgumentsPerToken = false };
        Option<string?> data = new("--data") { Description = "Folder with the datasets' folders. Default: the environment variable ENGRAM_DATA." };
        Option<string?> output = new("--out") { Description = "Folder for finished cells and the result. Default: runs/<name of the experiment>, and the budget behind it." };
        Option<int> threads = new("--threads") { Description = "Cells that run at the same time; 0, the default, takes all cores." };
        Option<string> device = new("--device") { Description = $"Where the cells are trained, one after the other: {DeviceNames.Described}. Default: cpu.", DefaultValueFactory = _ => "cpu" };
        Option<string> precision = new("--precision") { Description = $"{DeviceNames.Precisions}.", DefaultValueFactory = _ => "fp32" };
        Option<bool> json = new("--json") { Description = "Print the result document as JSON on stdout, and nothing else there." };
        Option<bool> fresh = new("--fresh") { Description = "Run the chosen cells again, stored or not." };
        Option<string[]> only = new("--only")
        {
            Description = "Runs a part of the cells: dataset=cifar10,model=mixer. Keys: axes, swept settings, method, seed. dataset=mnist,cifar10 takes both. Repeatable; the rest is kept as stored.",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<string[]> from = new("--from")
        {
            Description = "A result document, of another machine or of a part of the cells, whose finished cells are taken over instead of being run. Repeatable.",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<double?> fraction = new("--fraction") { Description = "Takes this part of every dataset's training images, e.g. 0.2; wins over the experiment's own." };
        Option<int?> epochs = new("--epochs") { Description = "Passes over every task's images; wins over the experiment's own." };
        Option<bool> dryRun = new("--dry-run") { Description = "Print the cells and what is stored of them; train nothing." };
        Command command = new("run", "Train an experiment. Finished cells are stored, and skipped when the same command is run again.")
        {
            experiment, seed, seeds, set, only, fraction, epochs, data, output, threads, device, precision, from, json, fresh, dryRun,
        };
        command.SetAction(parsed => CommandGuard.Run(() =>
        {
            string? folder = parsed.GetValue(data) ?? NullIfEmpty(Environment.GetEnvironmentVariable("ENGRAM_DATA"));
            string name = parsed.GetValue(experiment) ?? DefaultPreset(folder);
            ExperimentOptions options = ExperimentFile.Load(name, Changes(parsed.GetValue(set) ?? []), Seeds(parsed.GetValue(seed), parsed.GetValue(seeds)),
                new RunBudget(parsed.GetValue(fraction), parsed.GetValue(epochs)));
            int count = parsed.GetValue(threads);
            if (count is < 0 or > 1024)
                throw new FormatException($"--threads: expected 0 (all cores) to 1024, got {count}");
            string place = parsed.GetValue(device)!;
            Func<int, Device> make = DeviceNames.Find(place, parsed.GetValue(precision)!);
            Device? made = null;
            ExperimentRunner runner = new(options, new RunSettings
            {
                DataFolder = folder,
                OutFolder = parsed.GetValue(output) ?? Path.Combine("runs", FolderOf(options.Name, parsed.GetValue(fraction), parsed.GetValue(epochs), place, parsed.GetValue(precision)!)),
                Threads = count,
                Device = place == DeviceNames.Cpu ? null : () => made = make(1),
                From = parsed.GetValue(from) ?? [],
                Fresh = parsed.GetValue(fresh),
                Only = parsed.GetValue(only) ?? [],
            });
            if (parsed.GetValue(dryRun))
            {
                CellTable.Write(runner, Console.Out);
                return ExitCode.Ok;
            }

            int exit = Run(runner, parsed.GetValue(json));
            DeviceNames.Report(made);
            return exit;
        }));
        return command;
    }

    private static int Run(ExperimentRunner runner, bool json)
    {
        using CancellationTokenSource cancel = new();
        void Stop(PosixSignalContext context)
        {
            // The second signal ends the process in the ordinary way.
            context.Cancel = !cancel.IsCancellationRequested;
            cancel.Cancel();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            runner.Prepare();
            ResultDocument document = StderrTerminal.IsInteractive
                ? TerminalProgress.Show(progress => runner.Run(progress, cancel.Token))
                : runner.Run(new LineProgress(Console.Error), cancel.Token);
            if (json)
                Console.Out.WriteLine(ResultJson.Serialize(document));
            else
                ResultTable.Write(document, runner, Console.Out);
            Console.Error.WriteLine($"result: {runner.DocumentPath}");
            return ExitCode.Ok;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("engram: stopped. Finished cells are stored; run the same command again to continue.");
            return ExitCode.Cancelled;
        }
    }

    /// <summary>A smaller run, or one on another device, is another experiment: its table must not replace the whole one's.</summary>
    private static string FolderOf(string name, double? fraction, int? epochs, string device, string precision) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{name}{(fraction is null ? "" : $"-fraction{fraction}")}{(epochs is null ? "" : $"-epochs{epochs}")}{(device == DeviceNames.Cpu ? "" : $"-{device.Replace(':', '-')}")}{(precision == "fp32" ? "" : $"-{precision}")}");

    private static string DefaultPreset(string? folder)
    {
        bool real = folder is not null && new DatasetFolder(folder).Contains("fashion-mnist");
        string preset = real ? "svd-fashion-rotation" : "quickstart";
        Console.Error.WriteLine(real
            ? $"no experiment given; {folder} has Fashion-MNIST: running {preset}"
            : $"no experiment given and no real data found{(folder is null ? "" : $" in {folder}")}: running {preset} on the built-in digits");
        return preset;
    }

    private static SeedList? Seeds(string? one, string? several)
    {
        if (one is not null && several is not null)
            throw new FormatException("--seed and --seeds exclude each other; use one of them");
        return (one ?? several) is { } text ? SeedList.Parse(text) : null;
    }

    private static List<(string, string)> Changes(string[] settings)
    {
        List<(string, string)> changes = [];
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=');
            if (equals < 1)
                throw new FormatException($"--set: expected key=value, e.g. optimizer.learningRate=0.1, got '{setting}'");
            changes.Add((setting[..equals], setting[(equals + 1)..]));
        }

        return changes;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
