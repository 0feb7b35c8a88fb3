using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Engram.Benchmarks;

/// <summary>A Python child that holds the same matrix and times scikit-learn's randomized_svd, one call per request line.</summary>
internal sealed class SklearnPeer : IDisposable
{
    private readonly Process _child;
    private readonly string _file;

    internal SklearnPeer(float[] matrix, int rows, int columns, int threads, string? coreType)
    {
        _file = Path.GetTempFileName();
        File.WriteAllBytes(_file, MemoryMarshal.AsBytes<float>(matrix).ToArray());
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { Script(), _file, rows.ToString(CultureInfo.InvariantCulture), columns.ToString(CultureInfo.InvariantCulture) },
        };
        foreach (string name in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS" })
        {
            start.Environment[name] = threads.ToString(CultureInfo.InvariantCulture);
        }

        // keep freed blocks: glibc would give large arrays back to the system on every call and pay the page faults again
        foreach (string name in new[] { "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_" })
        {
            start.Environment[name] = "4294967296";
        }

        if (coreType != null)
        {
            start.Environment["OPENBLAS_CORETYPE"] = coreType;
        }

        _child = Process.Start(start) ?? throw new InvalidOperationException("svd bench: /usr/bin/python3 did not start.");
    }

    /// <summary>One timed call: seconds, and the relative Frobenius error of its result.</summary>
    internal (double Seconds, double Error) Time(int rank, string iterations)
    {
        _child.StandardInput.WriteLine(FormattableString.Invariant($"{rank} {iterations}"));
        _child.StandardInput.Flush();
        string line = _child.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("svd bench: the scikit-learn child ended. Is python3-sklearn installed?");
        string[] parts = line.Split(' ');
        return (double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _child.StandardInput.Close();
        _child.WaitForExit();
        _child.Dispose();
        File.Delete(_file);
    }

    private static string Script()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "benchmarks", "peers", "sklearn_svd.py");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new FileNotFoundException("svd bench: benchmarks/peers/sklearn_svd.py was not found above the program; run from a checkout.");
    }
}
