using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.Cuda.API;

namespace Engram.Kernels.Ilgpu;

/// <summary>Finds cuBLAS for ILGPU's binding, which knows it up to CUDA 12 and by one file name per version. ENGRAM_CUBLAS names another library file.</summary>
internal static class CuBlasLibrary
{
    private const string Variable = "ENGRAM_CUBLAS";
    private const int Newer = 13; // the first that the binding does not look for

    private static readonly (CuBlasAPIVersion Version, int Major)[] Known = [(CuBlasAPIVersion.V12, 12), (CuBlasAPIVersion.V11, 11), (CuBlasAPIVersion.V10, 10)];

    private static nint loaded;

    // the binding asks by the name of its version; the file is the one that Load has found
    static CuBlasLibrary() => NativeLibrary.SetDllImportResolver(typeof(CuBlas).Assembly, (name, _, _) => name.Contains("cublas", StringComparison.OrdinalIgnoreCase) ? loaded : 0);

    /// <summary>Loads the library that is named, or the latest one that the binding knows.</summary>
    /// <returns>The binding's version, the file and the library; it stays loaded.</returns>
    /// <exception cref="NotSupportedException">There is none; the message says what to do.</exception>
    public static (CuBlasAPIVersion Binding, string File, nint Library) Load()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return NativeLibrary.TryLoad(named, out loaded) ? (CuBlasAPIVersion.V12, named, loaded)
                : throw new NotSupportedException($"cuBLAS ({Variable} names {named}, which does not load: is it there, with libcublasLt of its version beside it?)");
        }

        foreach ((CuBlasAPIVersion version, int major) in Known)
        {
            if (NativeLibrary.TryLoad(File(major), out loaded))
                return (version, File(major), loaded);
        }

        throw new NotSupportedException(NativeLibrary.TryLoad(File(Newer), out _)
            ? $"cuBLAS ({File(Newer)} is newer than what ILGPU knows, up to {File(Known[0].Major)}: install that one, or name the newer one in {Variable} to try it)"
            : $"cuBLAS (no {string.Join(", ", Known.Select(one => File(one.Major)))}: install cuBLAS of CUDA 12 and put its folder into {(OperatingSystem.IsWindows() ? "PATH" : "LD_LIBRARY_PATH")}, or name the file in {Variable})");
    }

    private static string File(int major) => OperatingSystem.IsWindows() ? $"cublas64_{major}.dll" : $"libcublas.so.{major}";
}
