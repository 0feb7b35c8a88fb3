namespace Engram.Kernels.Cpu;

/// <summary>
/// One matrix product, C = act(alpha · A · B + beta · C + bias), with A [m, k], B [k, n], C [m, n], bias [n].
/// A and B have any strides (in elements), so a transposed operand is a swap of two numbers; the columns of C are contiguous.
/// C must not overlap an operand.
/// </summary>
public unsafe struct GemmArgs
{
    /// <summary>Rows of A and C.</summary>
    public int M;

    /// <summary>Columns of B and C.</summary>
    public int N;

    /// <summary>Columns of A, rows of B.</summary>
    public int K;

    /// <summary>Factor of the product; 0 means that A and B are not read.</summary>
    public float Alpha;

    /// <summary>Factor of the old C; 0 means that C is not read.</summary>
    public float Beta;

    /// <summary>First element of A.</summary>
    public float* A;

    /// <summary>Elements from one row of A to the next.</summary>
    public nint RowStrideA;

    /// <summary>Elements from one column of A to the next.</summary>
    public nint ColStrideA;

    /// <summary>First element of B.</summary>
    public float* B;

    /// <summary>Elements from one row of B to the next.</summary>
    public nint RowStrideB;

    /// <summary>Elements from one column of B to the next.</summary>
    public nint ColStrideB;

    /// <summary>First element of C.</summary>
    public float* C;

    /// <summary>Elements from one row of C to the next, at least <see cref="N"/>.</summary>
    public nint RowStrideC;

    /// <summary>One value per column of C, added to the result before the epilogue; null for none.</summary>
    public float* Bias;
}
