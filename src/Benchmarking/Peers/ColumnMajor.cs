using Engram.Kernels;

namespace Engram.Benchmarking;

/// <summary>
/// Our products in the words of libraries that lay matrices out by columns. A row-major matrix read by columns is its transpose, so they compute cᵀ [n, m] = bᵀ [n, k] · aᵀ [k, m]
/// in the same memory: sides change places, and a side that is a transposed view is transposed there too.
/// </summary>
internal static class ColumnMajor
{
    /// <summary>c ← a · b of matrices, or of batches of them.</summary>
    /// <param name="a">[batch?, m, k], rows or columns contiguous.</param>
    /// <param name="b">[batch?, k, n], rows or columns contiguous.</param>
    /// <param name="c">[batch?, m, n], rows contiguous.</param>
    /// <exception cref="ArgumentException">The columns of the result lie apart.</exception>
    public static BlasProduct Product(in View a, in View b, in View c)
    {
        int m = c.Layout.Size(-2), n = c.Layout.Size(-1), k = a.Layout.Size(-1);
        BlasOperand result = Operand(c);
        return result.IsTransposed ? throw new ArgumentException($"a product's result must have contiguous rows, got {c.Layout}")
            : new BlasProduct(n, m, k, c.Layout.Rank == 2 ? 1 : c.Layout.Size(0), Operand(b), Operand(a), result);
    }

    private static BlasOperand Operand(in View x)
    {
        (bool transposed, int leadingDimension) = OpenBlas.Layout(x.Layout.Stride(-2), x.Layout.Stride(-1), x.Layout.Size(-1));
        return new BlasOperand(x.Buffer, x.Layout.Offset, leadingDimension, transposed, x.Layout.Rank == 2 ? 0 : x.Layout.Stride(0));
    }
}
