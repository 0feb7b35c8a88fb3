using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engram.Benchmarking;

/// <summary>
/// A Python child that answers one line of numbers per request line, so that peer and product take turns in one run. The child gets what makes
/// it fastest: AVX-512 kernels of OpenBLAS where the machine has them, its OpenMP flavour for several threads, an allocator that keeps its memory.
/// ENGRAM_PYTHON names the interpreter (default /usr/bin/python3, which Debian's packages belong to).
/// </summary>
public sealed class PythonPeer : IDisposable
{
    private readonly Process _child;
    private readonly string _script;

    /// <summary>Starts a script of <c>benchmarks/peers</c>.</summary>
    /// <param name="script">File name of the script.</param>
    /// <param name="threads">Threads of its pools.</param>
    /// <param name="openBlasCore">OPENBLAS_CORETYPE of the child; null for the best one known for this machine.</param>
    /// <param name="arguments">Arguments of the script.</param>
    /// <exception cref="FileNotFoundException">The script or the interpreter is not there.</exception>
    public PythonPeer(string script, int threads, string? openBlasCore = null, params string[] arguments)
    {
        _script = script;
        ProcessStartInfo start = StartInfo(threads, openBlasCore, [Find(script), .. arguments]);
        start.RedirectStandardInput = true;
        try
        {
            _child = Process.Start(start) ?? throw new InvalidOperationException($"{script} did not start");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new FileNotFoundException($"{start.FileName} could not be started: {e.Message}. Install Python 3, or name it in ENGRAM_PYTHON", e);
        }
    }

    /// <summary>The interpreter.</summary>
    public static string Interpreter => Environment.GetEnvironmentVariable("ENGRAM_PYTHON") is { Length: > 0 } named ? named : "/usr/bin/python3";

    /// <summary>Runs a script that answers by itself, one number per line, to its end.</summary>
    /// <param name="script">File name of the script.</param>
    /// <param name="threads">Threads of its pools.</param>
    /// <param name="arguments">Arguments of the script.</param>
    /// <exception cref="InvalidOperationException">The script failed.</exception>
    public static double[] RunToEnd(string script, int threads, params string[] arguments)
    {
        using PythonPeer peer = new(script, threads, openBlasCore: null, arguments);
        peer._child.StandardInput.Close();
        string[] lines = peer._child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        peer._child.WaitForExit();
        if (peer._child.ExitCode != 0)
            throw new InvalidOperationException($"{script} failed with exit code {peer._child.ExitCode}; its messages stand above");
        return Array.ConvertAll(lines, line => double.Parse(line, CultureInfo.InvariantCulture));
    }

    /// <summary>Version of a Python module; <c>null</c> when module or interpreter are not there.</summary>
    /// <param name="module">Name of the module.</param>
    public static string? ModuleVersion(string module)
    {
        ProcessStartInfo start = StartInfo(1, null, ["-c", $"import {module}; print({module}.__version__)"]);
        start.RedirectStandardError = true;
        try
        {
            using Process child = Process.Start(start)!;
            child.ErrorDataReceived += static (_, _) => { };
            child.BeginErrorReadLine();
            string text = child.StandardOutput.ReadToEnd().Trim();
            child.WaitForExit();
            return child.ExitCode == 0 && text.Length > 0 ? text.Split('\n')[^1] : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Sends one request; returns the numbers of the answer.</summary>
    /// <param name="request">One line; numbers are written with a point.</param>
    /// <exception cref="InvalidOperationException">The script ended.</exception>
    public double[] Ask(FormattableString request)
    {
        _child.StandardInput.WriteLine(FormattableString.Invariant(request));
        _child.StandardInput.Flush();
        string line = _child.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{_script} ended; are Debian's python3-torch and python3-sklearn installed?");
        return Array.ConvertAll(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), part => double.Parse(part, CultureInfo.InvariantCulture));
    }

    /// <summary>Ends the child.</summary>
    public void Dispose()
    {
        try
        {
            _child.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        _child.WaitForExit();
        _child.Dispose();
    }

    /// <summary>Where a script is: the folder <c>benchmarks/peers</c> of the checkout that the program runs from.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    private static string Find(string script)
    {
        foreach (string from in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (DirectoryInfo? folder = new(from); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "benchmarks", "peers", script);
                if (File.Exists(candidate))
                    return candidate;
            }
        }

        throw new FileNotFoundException($"benchmarks/peers/{script} was found above neither the program nor the working folder; run from a checkout");
    }

    private static ProcessStartInfo StartInfo(int threads, string? openBlasCore, string[] arguments)
    {
        ProcessStartInfo start = new(Interpreter, arguments) { RedirectStandardOutput = true };
        foreach (string name in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" })
            start.Environment[name] = threads.ToString(CultureInfo.InvariantCulture);
        // keep freed blocks: glibc would give large arrays back to the system on every call and pay the page faults again
        foreach (string name in new[] { "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_" })
            start.Environment[name] = "4294967296";
        // idle workers of the child's pool must not spin on the cores that the next contender needs
        start.Environment.TryAdd("GOMP_SPINCOUNT", OpenMp.SpinCount);
        if (openBlasCore is not null)
            start.Environment["OPENBLAS_CORETYPE"] = openBlasCore;
        else if (Vector512.IsHardwareAccelerated)
            start.Environment.TryAdd("OPENBLAS_CORETYPE", "SkylakeX");
        string openMp = $"/usr/lib/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu/openblas-openmp";
        // the pthread flavour fights PyTorch's own pool and collapses
        if (threads > 1 && Directory.Exists(openMp))
            start.Environment["LD_LIBRARY_PATH"] = start.Environment.TryGetValue("LD_LIBRARY_PATH", out string? before) && before is { Length: > 0 } ? $"{openMp}:{before}" : openMp;
        return start;
    }
}
