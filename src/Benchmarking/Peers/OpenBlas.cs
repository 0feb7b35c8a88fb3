using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engram.Kernels.Cpu;

namespace Engram.Benchmarking;

/// <summary>
/// sgemm of an installed OpenBLAS, at its best: the OpenMP flavour for several threads, the AVX-512 kernels where the machine has them.
/// ENGRAM_OPENBLAS names another library file; OPENBLAS_CORETYPE, where it is set, is left as it is.
/// </summary>
public sealed unsafe class OpenBlas
{
    private const string Anywhere = "libopenblas.so.0";

    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm;
    private readonly delegate* unmanaged<int, void> _setThreads;

    private OpenBlas(nint library, string flavour)
    {
        _sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)NativeLibrary.GetExport(library, "cblas_sgemm");
        if (NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out nint set))
            _setThreads = (delegate* unmanaged<int, void>)set;
        string config = Text(library, "openblas_get_config"), core = Text(library, "openblas_get_corename");
        string number = config.Split(' ').FirstOrDefault(part => part.Length > 0 && char.IsAsciiDigit(part[0])) ?? "unknown";
        Version = string.Join(", ", new[] { number, core, flavour }.Where(part => part.Length > 0));
    }

    /// <summary>Version, kernels, threading flavour.</summary>
    public string Version { get; }

    /// <summary>The library for a thread count, set to it; <c>null</c> where none is installed.</summary>
    /// <param name="threads">Threads of its products.</param>
    public static OpenBlas? TryLoad(int threads)
    {
        if (Vector512.IsHardwareAccelerated)
            NativeEnvironment.Default("OPENBLAS_CORETYPE", "SkylakeX");
        OpenMp.Prepare();
        foreach ((string file, string flavour) in Candidates(threads))
        {
            if (NativeLibrary.TryLoad(file, out nint library) && NativeLibrary.TryGetExport(library, "cblas_sgemm", out _))
            {
                OpenBlas found = new(library, flavour);
                if (found._setThreads != null)
                    found._setThreads(threads);
                return found;
            }
        }

        return null;
    }

    /// <summary>c ← alpha·a·b + beta·c.</summary>
    /// <param name="g">Operands; every matrix has one unit stride.</param>
    public void Sgemm(in GemmArgs g)
    {
        (bool transA, int lda) = Layout(g.RowStrideA, g.ColStrideA, g.K);
        (bool transB, int ldb) = Layout(g.RowStrideB, g.ColStrideB, g.N);
        _sgemm(101, transA ? 112 : 111, transB ? 112 : 111, g.M, g.N, g.K, g.Alpha, g.A, lda, g.B, ldb, g.Beta, g.C, (int)g.RowStrideC);
    }

    /// <summary>How BLAS describes a matrix: transposed or not, and the distance of its lines.</summary>
    internal static (bool Transposed, int LeadingDimension) Layout(nint row, nint column, int columns) =>
        column == 1 && row >= columns ? (false, (int)row) : (true, (int)column);

    private static IEnumerable<(string File, string Flavour)> Candidates(int threads)
    {
        if (Environment.GetEnvironmentVariable("ENGRAM_OPENBLAS") is { Length: > 0 } named)
        {
            yield return (named, "");
            yield break;
        }

        // Debian keeps the flavours apart. The pthread one has the lighter calls, the OpenMP one does not collapse beside other pools.
        string[] flavours = threads > 1 ? ["openmp", "pthread"] : ["pthread", "openmp"];
        string machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
        foreach (string flavour in flavours)
            yield return ($"/usr/lib/{machine}-linux-gnu/openblas-{flavour}/{Anywhere}", flavour);
        yield return (Anywhere, "");
    }

    private static string Text(nint library, string symbol) => NativeLibrary.TryGetExport(library, symbol, out nint address)
        ? Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)address)()) ?? ""
        : "";
}
