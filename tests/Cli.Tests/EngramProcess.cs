using System.Diagnostics;
using System.Text;

namespace Engram.Cli.Tests;

/// <summary>Runs the built command as a process of its own.</summary>
internal static class EngramProcess
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "engram.dll");

    public static Result Run(params string[] arguments) => Run(null, arguments);

    public static Result Run(IReadOnlyDictionary<string, string?>? environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        return Wait(process);
    }

    public static Process Start(IReadOnlyDictionary<string, string?>? environment, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(Assembly);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Remove("ENGRAM_DATA");
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Skips a test that interrupts the command where an interrupt would not reach it.</summary>
    public static void NeedsInterrupts()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are sent by kill(1)");
        // a script's background job and a command under nohup ignore SIGINT, and so do their children
        Skip.If(IgnoresInterrupts(), "the tests were started with SIGINT ignored, and the command inherits that: run them in the foreground");
    }

    /// <summary>Ctrl-C.</summary>
    public static void Interrupt(Process process)
    {
        using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public static Result Wait(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(120)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"engram did not end within two minutes: {error.Result}");
        }

        return new Result(process.ExitCode, output.Result, error.Result);
    }

    private static bool IgnoresInterrupts()
    {
        const string Status = "/proc/self/status", Ignored = "SigIgn:";
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(one => one.StartsWith(Ignored, StringComparison.Ordinal)) : null;
        return line is not null && (Convert.ToUInt64(line[Ignored.Length..].Trim(), 16) & 2) != 0;
    }

    internal sealed record Result(int ExitCode, string Output, string Error);
}
