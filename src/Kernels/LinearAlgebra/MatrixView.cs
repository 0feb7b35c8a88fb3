namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// A strided window on float32 memory that someone else owns: element (i, j) lies at <c>Data[i·RowStride + j·ColumnStride]</c>.
/// Transposing swaps the strides, so every kernel here reads Aᵀ without a copy.
/// </summary>
public readonly unsafe struct MatrixView
{
    /// <summary>Describes a matrix [<paramref name="rows"/>, <paramref name="columns"/>] by its strides, in elements.</summary>
    /// <exception cref="ArgumentException">A size is negative, or the pointer is null while the matrix is not empty.</exception>
    public MatrixView(float* data, int rows, int columns, nint rowStride, nint columnStride)
    {
        if (rows < 0 || columns < 0)
        {
            throw new ArgumentException($"MatrixView: sizes must not be negative, got [{rows}, {columns}].");
        }

        if (data == null && rows > 0 && columns > 0)
        {
            throw new ArgumentException($"MatrixView: a [{rows}, {columns}] matrix needs memory, got a null pointer.", nameof(data));
        }

        Data = data;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    /// <summary>Address of element (0, 0).</summary>
    public float* Data { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Elements from one row to the next.</summary>
    public nint RowStride { get; }

    /// <summary>Elements from one column to the next.</summary>
    public nint ColumnStride { get; }

    /// <summary>The same memory read as [Columns, Rows].</summary>
    public MatrixView Transposed => new(Data, Columns, Rows, ColumnStride, RowStride);

    /// <summary>A contiguous row-major matrix.</summary>
    public static MatrixView RowMajor(float* data, int rows, int columns) => new(data, rows, columns, columns, 1);

    /// <summary>A row-major matrix whose rows start <paramref name="leadingDimension"/> elements apart.</summary>
    /// <exception cref="ArgumentException">The leading dimension is less than the number of columns.</exception>
    public static MatrixView RowMajor(float* data, int rows, int columns, int leadingDimension)
    {
        if (leadingDimension < columns)
        {
            throw new ArgumentException(
                $"MatrixView: rows of {columns} elements cannot start {leadingDimension} apart; "
                + "the leading dimension must be at least the number of columns.",
                nameof(leadingDimension));
        }

        return new MatrixView(data, rows, columns, leadingDimension, 1);
    }

    internal float* At(int row, int column) => Data + row * RowStride + column * ColumnStride;
}
