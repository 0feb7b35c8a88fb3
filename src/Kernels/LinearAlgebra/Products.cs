using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>C = alpha·A·B + beta·C for strided float32 operands: the one door through which this folder multiplies matrices.</summary>
internal static unsafe class Products
{
    /// <summary>Runs on the calling thread alone; what a caller without a splitter gets.</summary>
    internal static readonly WorkSplitter Serial = new(1);

    /// <summary>C [m, n] = alpha · A [m, k] · B [k, n] + beta · C, C row-major with leading dimension <paramref name="ldc"/>.</summary>
    internal static void Multiply(in MatrixView a, in MatrixView b, float* c, nint ldc, WorkSplitter splitter, float alpha = 1, float beta = 0)
    {
        var args = new GemmArgs
        {
            M = a.Rows,
            N = b.Columns,
            K = a.Columns,
            Alpha = alpha,
            Beta = beta,
            A = a.Data,
            RowStrideA = a.RowStride,
            ColStrideA = a.ColumnStride,
            B = b.Data,
            RowStrideB = b.RowStride,
            ColStrideB = b.ColumnStride,
            C = c,
            RowStrideC = ldc,
        };
        Gemm.Run(args, splitter);
    }
}
