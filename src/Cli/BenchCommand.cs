using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Engram.Benchmarking;
using Engram.Report;
using Engram.Results;

namespace Engram.Cli;

/// <summary><c>engram bench</c>: times the kernels beside the machine's roof and beside installed peers, and compares with earlier runs.</summary>
internal static class BenchCommand
{
    private static readonly string DefaultHistory = Path.Combine("runs", "bench", "history.jsonl");

    public static Command Create()
    {
        Option<string[]> filter = new("--filter") { Description = "Only workloads whose name contains this, e.g. gemm/square; several with commas. Repeatable.", AllowMultipleArgumentsPerToken = false };
        Option<string> threads = new("--threads") { Description = "Thread counts, e.g. 1, or 1,2; 0 is all cores. Default: 1.", DefaultValueFactory = _ => "1" };
        Option<string> device = new("--device") { Description = $"Where the workloads run: {DeviceNames.Described}. Default: cpu.", DefaultValueFactory = _ => "cpu" };
        Option<string> precision = new("--precision") { Description = $"{DeviceNames.Precisions}.", DefaultValueFactory = _ => "fp32" };
        Option<int?> rounds = new("--rounds") { Description = "Rounds in which the contenders take turns, at most. Default: 15; long workloads get fewer." };
        Option<bool> quick = new("--quick") { Description = "A few workloads with short samples: shows in seconds that everything works." };
        Option<bool> list = new("--list") { Description = "Print the names of the chosen workloads; time nothing." };
        Option<bool> peer = new("--peer") { Description = "Let installed peers take turns: OpenBLAS, oneDNN, TensorPrimitives, PyTorch and scikit-learn through python3; cuBLAS and PyTorch on cuda." };
        Option<bool> rungs = new("--rungs") { Description = "Let the slow forms of the kernels take turns too: reference twin, naive loop." };
        Option<string> clock = new("--clock") { Description = "wall, or cpu for the calling thread's own time (Linux, one thread).", DefaultValueFactory = _ => "wall" };
        Option<bool> json = new("--json") { Description = "Print the bench document as JSON on stdout, and nothing else there." };
        Option<string?> output = new("--out") { Description = "Write the bench document to this file." };
        Option<string?> against = new("--against") { Description = "Compare with the bench document in this file; exit code 4 when something became slower by more than the noise." };
        Option<string?> html = new("--html") { Description = "Write one self-contained page with roofline, table, comparison and history to this file." };
        Option<string?> history = new("--history") { Description = $"File that keeps every run, one a line; 'none' keeps nothing. Default: {DefaultHistory}, for runs without --quick." };
        Command command = new("bench", "Time the kernels beside the measured roof and beside peers. A kernel that computes something wrong gets no number.")
        {
            filter, threads, device, precision, rounds, quick, list, peer, rungs, clock, json, output, against, html, history,
        };
        command.SetAction(parsed => CommandGuard.Run(() =>
        {
            BenchOptions options = new()
            {
                Filters = parsed.GetValue(filter) ?? [],
                Threads = Threads(parsed.GetValue(threads)!),
                Quick = parsed.GetValue(quick),
                Peers = parsed.GetValue(peer),
                Rungs = parsed.GetValue(rungs),
                ThreadClock = parsed.GetValue(clock) switch
                {
                    "wall" => false,
                    "cpu" => true,
                    string other => throw new FormatException($"--clock: expected wall or cpu, got '{other}'"),
                    null => false,
                },
            };
            string place = parsed.GetValue(device)!;
            Func<int, Kernels.Device> make = DeviceNames.Find(place, parsed.GetValue(precision)!);
            if (place != DeviceNames.Cpu && options.Threads is not [1])
                throw new FormatException($"--threads: {place} has no threads to choose; leave the option out");
            options.Rounds = parsed.GetValue(rounds) ?? options.Rounds;
            if (parsed.GetValue(list))
                return List(options);
            BenchDocument? old = parsed.GetValue(against) is { } file ? BenchJson.Load(file) : null;
            string? kept = parsed.GetValue(history) switch
            {
                "none" => null,
                null => options.Quick ? null : DefaultHistory,
                string named => named,
            };
            bool print = parsed.GetValue(json);
            Kernels.Device? made = null;
            BenchDocument document = Time(options, count => made = make(count), DeviceNames.Blas(place), print);
            DeviceNames.Report(made);
            Write(document, print, parsed.GetValue(output), kept);
            BenchComparison? comparison = old is null ? null : BenchComparison.Between(old, document);
            if (comparison is not null)
                BenchTable.Write(comparison, print ? Console.Error : Console.Out);
            if (parsed.GetValue(html) is { } page)
            {
                BenchHistory runs = kept is null ? new BenchHistory { Runs = [document], Notes = [] } : BenchHistory.Load(kept);
                BenchReport.Write(document, comparison, runs, page);
                Console.Error.WriteLine($"report: {Path.GetFullPath(page)}");
            }

            return !document.Complete ? ExitCode.Cancelled
                : document.Failures.Count > 0 ? ExitCode.Failed
                : comparison is { HasRegression: true } ? ExitCode.Regression : ExitCode.Ok;
        }));
        return command;
    }

    private static BenchDocument Time(BenchOptions options, Func<int, Kernels.Device> device, Func<Kernels.Device, Kernels.IDeviceBlas>? blas, bool json)
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
        BenchTable table = new(json ? Console.Error : Console.Out);
        BenchDocument document = new BenchRunner(options, table).Run(cancel.Token, device, blas);
        table.Summarize(document);
        if (!document.Complete)
            Console.Error.WriteLine("engram: stopped. What was finished is kept.");
        return document;
    }

    private static void Write(BenchDocument document, bool json, string? output, string? history)
    {
        if (json)
            Console.Out.WriteLine(BenchJson.Serialize(document));
        if (output is not null)
        {
            BenchJson.SaveAtomically(document, output);
            Console.Error.WriteLine($"result: {Path.GetFullPath(output)}");
        }

        if (history is not null && document.Rows.Count > 0)
            BenchHistory.Append(document, history);
    }

    private static int List(BenchOptions options)
    {
        foreach (WorkloadCase one in WorkloadCatalog.Select(options.Filters, options.Quick))
            Console.Out.WriteLine(one.Name);
        return ExitCode.Ok;
    }

    private static int[] Threads(string text)
    {
        int[] counts = [.. text.Split(',').Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : throw new FormatException($"--threads: expected counts such as 1 or 1,2, got '{text}'"))];
        return [.. counts.Select(count => count == 0 ? Environment.ProcessorCount : count)];
    }
}
