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

    static IlgpuBackend() => CudaDriver.Resolve();

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
    /// <param name="name">Which.</param>
    /// <param name="options">What is asked of it.</param>
    /// <exception cref="NotSupportedException">The device is not available, or cannot do what is asked; the message says why.</exception>
    public static Device Create(string name, DeviceOptions? options = null)
    {
        ProductPrecision precision = options?.Precision ?? ProductPrecision.Fp32;
        if (name == Simulation)
        {
            if (precision != ProductPrecision.Fp32)
                throw new NotSupportedException($"{name}: precision {precision.Name()} needs the tensor cores of an NVIDIA GPU ({Gpu}); leave it at fp32 here");

            // groups have 256 threads: warps of four, one multiprocessor
            Context context = Context.Create(builder => builder.CPU(new CPUDevice(4, Engram.Kernels.Simt.Gpu.Threads / 4, 1)));
            return new IlgpuDevice(context, context.GetCPUDevice(0).CreateAccelerator(context), Simulation);
        }

        IlgpuFinding? wanted = Find().FirstOrDefault(finding => finding.Name == name);
        if (wanted is not { Available: true })
            throw new NotSupportedException($"{name}: {wanted?.Note ?? $"there is no such device; found are {string.Join(", ", Find().Select(finding => finding.Name))}"}");
        Context cuda = Context.Create(builder => builder.Cuda().Optimize(OptimizationLevel.O2).WithFusedMultiplyAdd());
        int ordinal = name == Gpu ? 0 : int.Parse(name[(Gpu.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        CudaAccelerator? accelerator = null;
        try
        {
            accelerator = cuda.GetCudaDevices()[ordinal].CreateCudaAccelerator(cuda);
            return new IlgpuDevice(cuda, accelerator, name, precision == ProductPrecision.Fp32 ? null : new CudaTensorCores(accelerator, precision));
        }
        catch
        {
            accelerator?.Dispose();
            cuda.Dispose();
            throw;
        }
    }

    /// <summary>cuBLAS in the memory and the stream of a CUDA device of this backend, in the precision of its products.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="NotSupportedException">There is none for it, or none that loads; the message says why and what to do.</exception>
    public static IDeviceBlas Blas(Device device) => device is IlgpuDevice { Accelerator: CudaAccelerator cuda } ? CuBlasProducts.Open(cuda, device.Precision)
        : throw new NotSupportedException($"cuBLAS ({device.Name} is no CUDA device)");

    private static string NameOf(int ordinal) => ordinal == 0 ? Gpu : $"{Gpu}:{ordinal}";
}
