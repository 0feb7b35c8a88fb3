using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Engram.Kernels.Ilgpu;

/// <summary>What ILGPU's binding of the CUDA driver lacks, and where that driver's library is found.</summary>
internal static partial class CudaDriver
{
    private const string Library = "cuda";

    /// <summary>Makes the library's name known to ILGPU, where it does not find it by itself, and to this assembly.</summary>
    public static void Resolve()
    {
        // machines with a driver but without its development files have only the versioned name; under WSL ILGPU has a resolver of its own
        if (OperatingSystem.IsLinux() && !Directory.Exists(Wsl))
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, _, _) => name == Library && !NativeLibrary.TryLoad("libcuda.so", out _) ? Find() : 0);
        NativeLibrary.SetDllImportResolver(typeof(CudaDriver).Assembly, (name, _, _) => name == Library ? Find() : 0);
    }

    /// <summary>Sets an attribute of a kernel of the current context: 8 is the most dynamic shared memory that a launch may ask for, in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "cuFuncSetAttribute")]
    public static partial CudaError SetFunctionAttribute(nint function, int attribute, int value);

    private const string Wsl = "/usr/lib/wsl/lib";

    private static nint Find()
    {
        foreach (string name in new[] { "libcuda.so", "libcuda.so.1", $"{Wsl}/libcuda.so.1", "nvcuda.dll" })
        {
            if (NativeLibrary.TryLoad(name, out nint library))
                return library;
        }

        return 0;
    }
}
