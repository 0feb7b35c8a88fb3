using System.Diagnostics;
using System.Globalization;

namespace Engram.Benchmarks;

/// <summary>
/// A Python child that answers one line of numbers per request line, so that peer and product take turns in one run.
/// ENGRAM_PYTHON names the interpreter (default /usr/bin/python3, which Debian's packages belong to).
/// </summary>
internal sealed class PythonPeer : IDisposable
{
    private readonly Process _child;
    private readonly string _script;

    internal PythonPeer(string script, int threads, string? openBlasCore, params string[] arguments)
    {
        _script = script;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("ENGRAM_PYTHON") ?? "/usr/bin/python3", [Find(script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string name in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS" })
            start.Environment[name] = threads.ToString(CultureInfo.InvariantCulture);
        // keep freed blocks: glibc would give large arrays back to the system on every call and pay the page faults again
        foreach (string name in new[] { "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_" })
            start.Environment[name] = "4294967296";
        if (openBlasCore is not null)
            start.Environment["OPENBLAS_CORETYPE"] = openBlasCore;
        _child = Process.Start(start) ?? throw new InvalidOperationException($"{script} did not start");
    }

    /// <summary>Runs a script that answers by itself, one number per line, to its end.</summary>
    internal static double[] RunToEnd(string script, int threads, params string[] arguments)
    {
        using var peer = new PythonPeer(script, threads, openBlasCore: null, arguments);
        peer._child.StandardInput.Close();
        string[] lines = peer._child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        peer._child.WaitForExit();
        if (peer._child.ExitCode != 0)
            throw new InvalidOperationException($"{script} failed with exit code {peer._child.ExitCode}; its messages stand above");
        return Array.ConvertAll(lines, line => double.Parse(line, CultureInfo.InvariantCulture));
    }

    /// <summary>Sends one request; returns the numbers of the answer.</summary>
    internal double[] Ask(FormattableString request)
    {
        _child.StandardInput.WriteLine(FormattableString.Invariant(request));
        _child.StandardInput.Flush();
        string line = _child.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{_script} ended; are Debian's python3-torch and python3-sklearn installed?");
        return Array.ConvertAll(line.Split(' '), part => double.Parse(part, CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _child.StandardInput.Close();
        _child.WaitForExit();
        _child.Dispose();
    }

    private static string Find(string script)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "benchmarks", "peers", script);
            if (File.Exists(candidate))
                return candidate;
        }
        throw new FileNotFoundException($"benchmarks/peers/{script} was not found above the program; run from a checkout");
    }
}
