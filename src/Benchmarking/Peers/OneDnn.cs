using System.Globalization;
using System.Runtime.InteropServices;
using Engram.Kernels.Cpu;

namespace Engram.Benchmarking;

/// <summary>sgemm of an installed oneDNN (libdnnl.so.2 or .3). ENGRAM_DNNL names another library file.</summary>
public sealed unsafe class OneDnn
{
    private readonly delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int> _sgemm;

    private OneDnn(nint library)
    {
        _sgemm = (delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int>)NativeLibrary.GetExport(library, "dnnl_sgemm");
        Version = "unknown";
        if (NativeLibrary.TryGetExport(library, "dnnl_version", out nint address))
        {
            int* numbers = ((delegate* unmanaged<int*>)address)();
            Version = string.Create(CultureInfo.InvariantCulture, $"{numbers[0]}.{numbers[1]}.{numbers[2]}");
        }
    }

    /// <summary>Its version.</summary>
    public string Version { get; }

    /// <summary>The library, its pool set to a thread count; <c>null</c> where none is installed.</summary>
    /// <param name="threads">Threads of its products.</param>
    public static OneDnn? TryLoad(int threads)
    {
        OpenMp.Prepare();
        string[] files = Environment.GetEnvironmentVariable("ENGRAM_DNNL") is { Length: > 0 } named ? [named] : ["libdnnl.so.3", "libdnnl.so.2"];
        foreach (string file in files)
        {
            if (NativeLibrary.TryLoad(file, out nint library) && NativeLibrary.TryGetExport(library, "dnnl_sgemm", out _))
            {
                OpenMp.SetThreads(threads);
                return new OneDnn(library);
            }
        }

        return null;
    }

    /// <summary>c ← alpha·a·b + beta·c.</summary>
    /// <param name="g">Operands; every matrix has one unit stride.</param>
    /// <exception cref="InvalidOperationException">The library refused.</exception>
    public void Sgemm(in GemmArgs g)
    {
        (bool transA, int lda) = OpenBlas.Layout(g.RowStrideA, g.ColStrideA, g.K);
        (bool transB, int ldb) = OpenBlas.Layout(g.RowStrideB, g.ColStrideB, g.N);
        int status = _sgemm((byte)(transA ? 'T' : 'N'), (byte)(transB ? 'T' : 'N'), g.M, g.N, g.K, g.Alpha, g.A, lda, g.B, ldb, g.Beta, g.C, g.RowStrideC);
        if (status != 0)
            throw new InvalidOperationException($"dnnl_sgemm returned {status}");
    }
}
