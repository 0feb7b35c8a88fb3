using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>C = alpha·A·B + beta·C for strided float32 operands: the one door through which this folder multiplies matrices.</summary>
internal static unsafe class Products
{
    /// <summary>C [m, n] = alpha · A [m, k] · B [k, n] + beta · C, C row-major with leading dimension <paramref name="ldc"/>.</summary>
    internal static void Multiply(in MatrixView a, in MatrixView b, float* c, nint ldc, float alpha = 1, float beta = 0)
    {
        for (int i = 0; i < a.Rows; i++)
        {
            float* row = c + i * ldc;
            for (int j = 0; j < b.Columns; j++)
            {
                row[j] = beta == 0 ? 0 : row[j] * beta;
            }

            for (int p = 0; p < a.Columns; p++)
            {
                float factor = alpha * *a.At(i, p);
                float* other = b.At(p, 0);
                int j = 0;
                if (b.ColumnStride == 1)
                {
                    Vector256<float> f = Vector256.Create(factor);
                    for (; j <= b.Columns - 8; j += 8)
                    {
                        Vector256.FusedMultiplyAdd(f, Vector256.Load(other + j), Vector256.Load(row + j)).Store(row + j);
                    }
                }

                for (; j < b.Columns; j++)
                {
                    row[j] += factor * other[j * b.ColumnStride];
                }
            }
        }
    }
}
