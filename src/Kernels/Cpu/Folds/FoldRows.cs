namespace Engram.Kernels.Cpu;

/// <summary>Reductions along the last axis: [rows, columns] → [rows]. One thread, over a range of rows.</summary>
public static unsafe class FoldRows
{
    /// <summary>y[r] = ⊕ g(x[r, c]) over the columns c; see <see cref="Fold"/> for order and error.</summary>
    /// <param name="x">[rows, columns], columns contiguous.</param>
    /// <param name="rowStride">Elements from one row to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns; 0 gives the identity.</param>
    /// <param name="y">[rows].</param>
    public static void Run<TFold>(float* x, nint rowStride, nint rows, nint columns, float* y) where TFold : struct, IFoldOp
    {
        for (nint r = 0; r < rows; r++)
        {
            y[r] = Fold.Run<TFold>(x + (r * rowStride), columns);
        }
    }

    /// <summary>y[r] = 1/columns·Σ x[r, c]; NaN for 0 columns.</summary>
    public static void Mean(float* x, nint rowStride, nint rows, nint columns, float* y)
    {
        Run<SumFold>(x, rowStride, rows, columns, y);
        for (nint r = 0; r < rows; r++)
        {
            y[r] /= columns;
        }
    }

    /// <summary>
    /// index[r] = the first column that holds the row's largest value; a NaN counts as the largest, as in PyTorch and NumPy.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No columns.</exception>
    public static void ArgMax(float* x, nint rowStride, nint rows, nint columns, int* index)
    {
        if (columns <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(columns), columns, $"argmax: [{rows}, {columns}] has no column to choose from.");
        }

        for (nint r = 0; r < rows; r++)
        {
            float* row = x + (r * rowStride);
            float largest = Fold.Run<MaxFold>(row, columns);
            nint c = 0;
            if (float.IsNaN(largest))
            {
                while (!float.IsNaN(row[c]))
                {
                    c++;
                }
            }
            else
            {
                while (row[c] != largest)
                {
                    c++;
                }
            }

            index[r] = checked((int)c);
        }
    }
}
