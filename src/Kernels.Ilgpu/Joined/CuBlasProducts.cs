using System.Globalization;
using System.Runtime.InteropServices;
using Engram.Kernels.Simt;
using ILGPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.Cuda.API;

namespace Engram.Kernels.Ilgpu;

/// <summary>
/// cuBLAS through ILGPU.Algorithms, in the stream in which the device's kernels run. Products of a TF32 device are its TF32 ones; its float32 products have no bfloat16 mode, so
/// those of a BF16 device are TF32 as well, and called so. What the binding lacks (products of batches, the parts of the version) is called in the same library.
/// </summary>
internal sealed unsafe class CuBlasProducts : IDeviceBlas
{
    private const CuBlasMathMode Tf32 = (CuBlasMathMode)3; // CUBLAS_TF32_TENSOR_OP_MATH of CUDA 11; the binding's own tensor mode is the one before, which rounds to half precision

    private readonly CudaAccelerator _accelerator;
    private readonly CuBlas _blas;
    private readonly delegate* unmanaged<nint, CuBlasOperation, CuBlasOperation, int, int, int, float*, nint, int, long, nint, int, long, float*, nint, int, long, int, CuBlasStatus> _batches;

    private CuBlasProducts(CudaAccelerator accelerator, CuBlas blas, nint library, ProductPrecision precision)
    {
        (_accelerator, _blas) = (accelerator, blas);
        bool rounds = precision != ProductPrecision.Fp32;
        blas.MathMode = rounds ? Tf32 : CuBlasMathMode.DefaultMath;
        _batches = (delegate* unmanaged<nint, CuBlasOperation, CuBlasOperation, int, int, int, float*, nint, int, long, nint, int, long, float*, nint, int, long, int, CuBlasStatus>)
            NativeLibrary.GetExport(library, "cublasSgemmStridedBatched");
        var property = (delegate* unmanaged<int, int*, CuBlasStatus>)NativeLibrary.GetExport(library, "cublasGetProperty");
        int[] parts = [.. Enumerable.Range(0, 3).Select(part => Part(property, part))];
        Name = string.Create(CultureInfo.InvariantCulture, $"cuBLAS {parts[0]}.{parts[1]}{(rounds ? " TF32" : "")}");
        Version = $"{string.Join('.', parts)}, {(rounds ? "tf32" : "fp32")}";
    }

    public string Name { get; }

    public string Version { get; }

    /// <summary>Opens the library for a GPU.</summary>
    /// <exception cref="NotSupportedException">There is none, or it does not start; the message says why and what to do.</exception>
    public static CuBlasProducts Open(CudaAccelerator accelerator, ProductPrecision precision)
    {
        (CuBlasAPIVersion binding, string file, nint library) = CuBlasLibrary.Load();
        CuBlas? blas = null;
        try
        {
            blas = new CuBlas(accelerator, binding);
            return new CuBlasProducts(accelerator, blas, library, precision);
        }
        catch (Exception reason) when (reason is CuBlasException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            blas?.Dispose();
            throw new NotSupportedException($"cuBLAS ({file} does not start on {accelerator.Name}: {(reason is CuBlasException refused ? refused.Error.ToString() : reason.Message)}; it must be of CUDA {(precision == ProductPrecision.Fp32 ? "10" : "11")} or later and fit the driver)", reason);
        }
    }

    public void Sgemm(in BlasProduct product)
    {
        try
        {
            if (product.Batch == 1)
                One(product);
            else
                Many(product);
        }
        catch (CuBlasException failed)
        {
            throw new InvalidOperationException($"{Name} says {failed.Error}", failed); // the binding's message does not
        }
    }

    public void Dispose()
    {
        _accelerator.Bind();
        _blas.Dispose();
    }

    private void One(in BlasProduct product)
    {
        (BlasOperand a, BlasOperand b, BlasOperand c) = (product.A, product.B, product.C);
        _blas.Gemm(Operation(a), Operation(b), product.M, product.N, product.K, 1f, From(a), a.LeadingDimension, From(b), b.LeadingDimension, 0f, From(c), c.LeadingDimension);
    }

    private void Many(in BlasProduct product)
    {
        (BlasOperand a, BlasOperand b, BlasOperand c) = (product.A, product.B, product.C);
        float one = 1, zero = 0;
        _accelerator.Bind();
        CuBlasException.ThrowIfFailed(_batches(
            _blas.Handle, Operation(a), Operation(b), product.M, product.N, product.K, &one, Address(a), a.LeadingDimension, a.BatchStep,
            Address(b), b.LeadingDimension, b.BatchStep, &zero, Address(c), c.LeadingDimension, c.BatchStep, product.Batch));
    }

    private static CuBlasOperation Operation(in BlasOperand side) => side.IsTransposed ? CuBlasOperation.Transpose : CuBlasOperation.NonTranspose;

    private static ArrayView<float> From(in BlasOperand side) => ((GpuBuffer<float>)side.Buffer).View(side.Start, side.Buffer.Length - side.Start);

    private static nint Address(in BlasOperand side) => ((GpuBuffer<float>)side.Buffer).Address(side.Start);

    private static int Part(delegate* unmanaged<int, int*, CuBlasStatus> property, int part)
    {
        int value = 0;
        CuBlasException.ThrowIfFailed(property(part, &value));
        return value;
    }
}
