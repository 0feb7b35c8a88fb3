using System.Runtime.InteropServices;

namespace Engram.Benchmarking;

/// <summary>The pool that oneDNN and one flavour of OpenBLAS share.</summary>
internal static unsafe class OpenMp
{
    private static delegate* unmanaged<int, void> setThreads;
    private static bool prepared;

    /// <summary>Rounds that an idle worker spins before it sleeps: about a millisecond.</summary>
    public const string SpinCount = "20000";

    /// <summary>
    /// To be called before a library that brings the pool is loaded. Idle workers of the pool spin; by default so long (about 15 ms) that they
    /// would take the next contender's cores. They still spin between the calls of one sample.
    /// </summary>
    public static void Prepare()
    {
        if (!prepared)
            NativeEnvironment.Default("GOMP_SPINCOUNT", SpinCount);
        prepared = true;
    }

    /// <summary>Threads of regions that the calling thread opens from now on.</summary>
    public static void SetThreads(int threads)
    {
        if (setThreads == null && NativeLibrary.TryLoad("libgomp.so.1", out nint library) && NativeLibrary.TryGetExport(library, "omp_set_num_threads", out nint address))
            setThreads = (delegate* unmanaged<int, void>)address;
        if (setThreads != null)
            setThreads(threads);
    }
}
