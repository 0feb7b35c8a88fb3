using System.Runtime.InteropServices;
using Engram.Kernels.Cpu;

namespace Engram.Benchmarks;

/// <summary>
/// sgemm of OpenBLAS and oneDNN where the system has them: libopenblas.so.0 and libdnnl.so.2, or the files that ENGRAM_OPENBLAS and
/// ENGRAM_DNNL name. Their threads and code paths follow their own environment variables (OPENBLAS_NUM_THREADS, OPENBLAS_CORETYPE,
/// OMP_NUM_THREADS, ONEDNN_MAX_CPU_ISA).
/// </summary>
internal static unsafe class GemmPeers
{
    private static readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> Cblas =
        (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
        Find("ENGRAM_OPENBLAS", "libopenblas.so.0", "cblas_sgemm");

    private static readonly delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int> Dnnl =
        (delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int>)
        Find("ENGRAM_DNNL", "libdnnl.so.2", "dnnl_sgemm");

    private static readonly delegate* unmanaged<byte*> CoreName =
        (delegate* unmanaged<byte*>)Find("ENGRAM_OPENBLAS", "libopenblas.so.0", "openblas_get_corename");

    public static bool HasOpenBlas => Cblas != null;

    public static bool HasDnnl => Dnnl != null;

    public static string OpenBlasCore => CoreName == null ? "absent" : Marshal.PtrToStringUTF8((nint)CoreName()) ?? "?";

    public static void OpenBlas(in GemmArgs g)
    {
        var (transA, lda) = Layout(g.RowStrideA, g.ColStrideA, g.K);
        var (transB, ldb) = Layout(g.RowStrideB, g.ColStrideB, g.N);
        Cblas(101, transA ? 112 : 111, transB ? 112 : 111, g.M, g.N, g.K, g.Alpha, g.A, lda, g.B, ldb, g.Beta, g.C, (int)g.RowStrideC);
    }

    public static void OneDnn(in GemmArgs g)
    {
        var (transA, lda) = Layout(g.RowStrideA, g.ColStrideA, g.K);
        var (transB, ldb) = Layout(g.RowStrideB, g.ColStrideB, g.N);
        var status = Dnnl(
            (byte)(transA ? 'T' : 'N'), (byte)(transB ? 'T' : 'N'), g.M, g.N, g.K, g.Alpha, g.A, lda, g.B, ldb, g.Beta, g.C, g.RowStrideC);
        if (status != 0)
            throw new InvalidOperationException($"dnnl_sgemm returned {status}.");
    }

    private static (bool Transposed, int Ld) Layout(nint row, nint column, int columns) =>
        column == 1 && row >= columns ? (false, (int)row) : (true, (int)column);

    private static void* Find(string variable, string library, string symbol)
    {
        var name = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? set : library;
        return NativeLibrary.TryLoad(name, out var handle) && NativeLibrary.TryGetExport(handle, symbol, out var address)
            ? (void*)address
            : null;
    }
}
