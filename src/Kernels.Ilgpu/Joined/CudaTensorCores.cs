using Engram.Kernels.Simt;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Engram.Kernels.Ilgpu;

/// <summary>
/// Tensor core kernels, a module of PTX text that comes with this assembly (Modules), loaded by the driver into ILGPU's context and launched in its stream. ILGPU itself cannot
/// say what they do: products of a warp, asynchronous copies, more than 48 KiB of shared memory.
/// </summary>
internal sealed unsafe class CudaTensorCores : ITensorCores
{
    private const int MaxDynamicSharedSize = 8; // of the driver's attributes of functions

    private readonly CudaAccelerator _accelerator;
    private readonly Dictionary<string, nint> _functions = [];
    private readonly nint _module;

    /// <summary>Loads the module of a precision.</summary>
    /// <exception cref="NotSupportedException">The GPU is too old, or its driver does not take the text; the message says why.</exception>
    public CudaTensorCores(CudaAccelerator accelerator, ProductPrecision precision)
    {
        (_accelerator, Precision) = (accelerator, precision);
        string name = precision.Name();
        if (accelerator.Architecture < CudaArchitecture.SM_80)
            throw new NotSupportedException($"precision {name} needs compute capability 8.0 or later, {accelerator.Name} has {accelerator.Architecture}; leave it at fp32");
        accelerator.Bind();
        CudaError status = CudaAPI.CurrentAPI.LoadModule(out _module, PtxModules.Text(precision), out string? log);
        if (status != CudaError.CUDA_SUCCESS)
            throw new NotSupportedException($"precision {name}: the driver of {accelerator.Name} does not take the module {name}.ptx ({status}): {log?.TrimEnd('\0')}");
    }

    public ProductPrecision Precision { get; }

    public nint Address(GpuBuffer<float> buffer, int element) => buffer.Address(element);

    public void Launch(string kernel, in TensorProduct arguments, int groupsX, int groupsY, int groupsZ)
    {
        TensorProduct given = arguments;
        void* parameters = &given;
        _accelerator.Bind();
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.LaunchKernel(
            Function(kernel), groupsX, groupsY, groupsZ, Gpu.Threads, 1, 1, GpuDevice.TensorSharedBytes, ((CudaStream)_accelerator.DefaultStream).StreamPtr, (nint)(&parameters), 0));
    }

    public void Dispose()
    {
        _accelerator.Bind();
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.DestroyModule(_module));
    }

    private nint Function(string kernel)
    {
        if (!_functions.TryGetValue(kernel, out nint function))
        {
            CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.GetModuleFunction(out function, _module, $"{kernel}_{Precision.Name()}"));
            CudaException.ThrowIfFailed(CudaDriver.SetFunctionAttribute(function, MaxDynamicSharedSize, GpuDevice.TensorSharedBytes));
            _functions[kernel] = function;
        }

        return function;
    }
}
