namespace Engram.Kernels;

/// <summary>c [m, n] ← a [m, k] · b [k, n], once or for a batch, in the words of BLAS: all three lie column after column.</summary>
/// <param name="M">Rows of c, and of a once it is transposed where that is said.</param>
/// <param name="N">Columns of c.</param>
/// <param name="K">Depth.</param>
/// <param name="Batch">Products of this shape.</param>
/// <param name="A">Left side.</param>
/// <param name="B">Right side.</param>
/// <param name="C">Result.</param>
public readonly record struct BlasProduct(int M, int N, int K, int Batch, BlasOperand A, BlasOperand B, BlasOperand C);
