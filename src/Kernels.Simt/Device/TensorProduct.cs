using System.Runtime.InteropServices;

namespace Engram.Kernels.Simt;

/// <summary>One side of a product on tensor cores; <c>side</c> of src/Kernels.Ilgpu/Modules/product.h, whose fields these are.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorSide
{
    public nint Start;
    public int LineStep, DepthStep, BatchStep, Wide;
}

/// <summary>The arguments of every tensor core kernel; <c>product_arguments</c> of src/Kernels.Ilgpu/Modules/product.h, whose fields these are, in its order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorProduct
{
    public TensorSide Left, Right;
    public nint Result, Bias;
    public int RowStep, BatchStep, Wide;
    public int Rows, Columns, Depth, Parts, PartDepth;
    public float Alpha, Beta;
    public int HasBias, Relu;
    public int Channels, Height, Width, OutputHeight, OutputWidth, KernelHeight, KernelWidth;
    public int StrideHeight, StrideWidth, PaddingHeight, PaddingWidth, DilationHeight, DilationWidth, GroupChannels;
    public int Planes;
}
