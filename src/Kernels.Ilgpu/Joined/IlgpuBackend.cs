using System.Runtime.InteropServices;
using Engram.Kernels.Simt;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Engram.Kernels.Ilgpu;

/// <summary>What ILGPU finds on this machine: NVIDIA GPUs, and its own simulation on the CPU, which is for tests.</summary>
public static class IlgpuBackend
{
    private const string Simulation = "ilgpu-cpu", Gpu = "cuda";

    static IlgpuBackend()
    {
        // machines with a driver but without its development files have only the versioned name; under WSL ILGPU has a resolver of its own
        if (OperatingSystem.IsLinux() && !Directory.Exists("/usr/lib/wsl/lib"))
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, _, _) =>
                name == "cuda" && !NativeLibrary.TryLoad("libcuda.so", out _) && NativeLibrary.TryLoad("libcuda.so.1", out nint library) ? library : 0);
        }
    }

    /// <summary>Whether this build contains the backend.</summary>
    public static bool IsJoined => true;

    /// <summary>The devices that ILGPU finds here.</summary>
    public static IReadOnlyList<IlgpuFinding> Find()
    {
        var found = new List<IlgpuFinding> { new(Simulation, true, "ILGPU's simulation on the CPU, for tests: thousands of times slower than the CPU device") };
        try
        {
            using Context context = Context.Create(builder => builder.Cuda());
            foreach (CudaDevice device in context.GetCudaDevices())
                found.Add(new(NameOf(found.Count - 1), true, $"{device.Name}, {device.MemorySize / (1L << 20)} MiB, compute capability {device.Architecture}"));
            if (found.Count == 1)
                found.Add(new(Gpu, false, "no NVIDIA GPU, or its driver (libcuda) is not installed"));
        }
        catch (Exception reason) when (reason is DllNotFoundException or CudaException or NotSupportedException)
        {
            found.Add(new(Gpu, false, $"the NVIDIA driver does not answer: {reason.Message}"));
        }

        return found;
    }

    /// <summary>A device by the name that <see cref="Find"/> gave.</summary>
    /// <exception cref="NotSupportedException">The device is not available; the message says why.</exception>
    public static Device Create(string name)
    {
        if (name == Simulation)
        {
            // groups have 256 threads: warps of four, one multiprocessor
            Context context = Context.Create(builder => builder.CPU(new CPUDevice(4, Engram.Kernels.Simt.Gpu.Threads / 4, 1)));
            return new IlgpuDevice(context, context.GetCPUDevice(0), Simulation);
        }

        IlgpuFinding? wanted = Find().FirstOrDefault(finding => finding.Name == name);
        if (wanted is not { Available: true })
            throw new NotSupportedException($"{name}: {wanted?.Note ?? $"there is no such device; found are {string.Join(", ", Find().Select(finding => finding.Name))}"}");
        Context cuda = Context.Create(builder => builder.Cuda().Optimize(OptimizationLevel.O2).WithFusedMultiplyAdd());
        int ordinal = name == Gpu ? 0 : int.Parse(name[(Gpu.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        return new IlgpuDevice(cuda, cuda.GetCudaDevices()[ordinal], name);
    }

    private static string NameOf(int ordinal) => ordinal == 0 ? Gpu : $"{Gpu}:{ordinal}";
}
