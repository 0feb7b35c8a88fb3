using System.Runtime.InteropServices;
using Engram.Kernels;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>The kernels' C source, compiled for the CPU (host.h): every thread of a group runs, and what it does to memory is checked.</summary>
internal sealed unsafe class CompiledCores : EmulatedCores
{
    private static readonly Lock OneLaunch = new();
    private static readonly Dictionary<ProductPrecision, nint> Libraries = [];

    private readonly nint _library;
    private readonly bool _falling;

    private CompiledCores(ProductPrecision precision, nint library, bool falling) : base(precision)
    {
        _library = library;
        _falling = falling;
    }

    /// <summary>Skips the test where there is no C compiler or no coroutines of its library.</summary>
    /// <param name="precision">TF32 or BF16.</param>
    /// <param name="falling">Threads run in falling order between barriers, so that one that relies on the order is found.</param>
    public static CompiledCores Create(ProductPrecision precision, bool falling = false)
    {
        string folder = ModuleSources.Require();
        string? compiler = OperatingSystem.IsLinux() ? ModuleSources.Program("cc", "gcc", "clang", "clang-14") : null;
        Skip.If(compiler is null, "no C compiler (cc, gcc, clang) on Linux here");
        lock (OneLaunch)
        {
            if (!Libraries.TryGetValue(precision, out nint library))
            {
                string target = Directory.CreateTempSubdirectory("engram-modules").FullName, file = Path.Combine(target, $"{precision}.so");
                ModuleSources.Run(
                    compiler!, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-fPIC", "-shared", "-DENGRAM_HOST",
                    $"-DPRECISION_{precision.Name().ToUpperInvariant()}", Path.Combine(folder, "kernels.c"), "-lm", "-o", file);
                Libraries[precision] = library = NativeLibrary.Load(file);
                Directory.Delete(target, recursive: true); // the library stays loaded
            }

            var size = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "arguments_size");
            Assert.Equal(size(), Marshal.SizeOf<TensorProduct>());
            return new CompiledCores(precision, library, falling);
        }
    }

    protected override string? Run(string kernel, TensorProduct arguments, int groupsX, int groupsY, int groupsZ, LentMemory[] memory)
    {
        lock (OneLaunch)
        {
            var launch = (delegate* unmanaged<nint, TensorProduct*, int, int, int, int, LentMemory*, int, int, nint>)NativeLibrary.GetExport(_library, "launch");
            fixed (LentMemory* lent = memory)
            {
                nint problem = launch(
                    NativeLibrary.GetExport(_library, kernel), &arguments, groupsX, groupsY, groupsZ, GpuDevice.TensorSharedBytes, lent, memory.Length, _falling ? 1 : 0);
                return Marshal.PtrToStringUTF8(problem);
            }
        }
    }
}
