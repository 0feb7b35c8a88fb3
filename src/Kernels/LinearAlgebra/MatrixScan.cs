using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>One pass over an input before any work: is every entry finite, how large is the largest, and ‖A‖_F² in double
/// precision.</summary>
internal readonly unsafe struct MatrixScan
{
    private MatrixScan(float largest, double sumOfSquares)
    {
        Largest = largest;
        SumOfSquares = sumOfSquares;
    }

    /// <summary>max |a_ij|.</summary>
    internal float Largest { get; }

    /// <summary>Σ a_ij², accumulated in double precision row by row.</summary>
    internal double SumOfSquares { get; }

    /// <summary>The power of two that brings the largest entry into [1, 2); 1 for a zero matrix. Multiplying by it is exact.</summary>
    internal int ScaleExponent => Largest == 0 ? 0 : -Math.ILogB(Largest);

    /// <exception cref="ArgumentException">An entry is NaN or infinite; the message names the first one.</exception>
    internal static MatrixScan Run(string operation, in MatrixView a)
    {
        MatrixView rows = Math.Abs(a.ColumnStride) <= Math.Abs(a.RowStride) ? a : a.Transposed;
        float largest = 0;
        double sum = 0;
        for (int i = 0; i < rows.Rows; i++)
        {
            float* row = rows.Data + i * rows.RowStride;
            (float rowLargest, double rowSum) = rows.ColumnStride == 1
                ? Row(row, rows.Columns)
                : StridedRow(row, rows.Columns, rows.ColumnStride);
            if (!double.IsFinite(rowSum))
            {
                ThrowNotFinite(operation, a);
            }

            largest = Math.Max(largest, rowLargest);
            sum += rowSum;
        }

        return new MatrixScan(largest, sum);
    }

    /// <summary>The error of a matrix [rows, columns] with an entry <paramref name="x"/> at (i, j) that is NaN or infinite.</summary>
    internal static ArgumentException NotFinite(string operation, int rows, int columns, float x, int i, int j) => new(
        $"{operation}: every entry must be finite, but a [{rows}, {columns}] has {(float.IsNaN(x) ? "NaN" : "an infinity")} at ({i}, {j}). "
        + "Clean the input, or look for a division by zero before it.");

    // The square of any finite float fits a double, so a sum that is not finite proves a NaN or an infinity among the entries.
    private static (float Largest, double Sum) Row(float* row, int count)
    {
        Vector256<float> high = Vector256<float>.Zero;
        Vector256<double> s0 = Vector256<double>.Zero, s1 = Vector256<double>.Zero;
        int j = 0;
        for (; j <= count - 8; j += 8)
        {
            Vector256<float> x = Vector256.Load(row + j);
            (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(x);
            high = Vector256.MaxNative(high, Vector256.Abs(x));
            s0 = Vector256.FusedMultiplyAdd(lower, lower, s0);
            s1 = Vector256.FusedMultiplyAdd(upper, upper, s1);
        }

        double sum = Vector256.Sum(s0 + s1);
        float largest = 0;
        for (int lane = 0; lane < 8; lane++)
        {
            largest = Math.Max(largest, high.GetElement(lane));
        }

        for (; j < count; j++)
        {
            sum += (double)row[j] * row[j];
            largest = Math.Max(largest, Math.Abs(row[j]));
        }

        return (largest, sum);
    }

    private static (float Largest, double Sum) StridedRow(float* row, int count, nint stride)
    {
        double sum = 0;
        float largest = 0;
        for (int j = 0; j < count; j++)
        {
            float x = row[j * stride];
            sum += (double)x * x;
            largest = Math.Max(largest, Math.Abs(x));
        }

        return (largest, sum);
    }

    private static void ThrowNotFinite(string operation, in MatrixView a)
    {
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < a.Columns; j++)
            {
                float x = *a.At(i, j);
                if (!float.IsFinite(x))
                {
                    throw NotFinite(operation, a.Rows, a.Columns, x, i, j);
                }
            }
        }
    }
}
