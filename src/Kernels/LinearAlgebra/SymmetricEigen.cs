namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Eigendecomposition of a symmetric matrix, A = V Λ Vᵀ, computed in double precision: Householder tridiagonalization, implicit QL with
/// Wilkinson's shift, back-transformation. Where up to five eighths of the eigenvectors are wanted they come from inverse iteration instead of QL's rotations
/// (the eigenvalues are the same bits), unless a multiple eigenvalue's vectors do not come apart. Meant for n up to about 1000.
/// </summary>
/// <remarks>
/// Promise: ‖A V − V Λ‖_F and ‖VᵀV − I‖_F are below c·eps·sqrt(8n)·‖A‖ with eps of double (of float32 after rounding in the float32
/// overload), eigenvalues sorted descending. Eigenvectors come back as rows, so <c>vectors</c> is Vᵀ. Signs are arbitrary.
/// Golub and Van Loan, Matrix Computations, section 8.3.
/// </remarks>
public static unsafe class SymmetricEigen
{
    /// <summary>Doubles of scratch that the double precision overload needs for order <paramref name="n"/>.</summary>
    public static int ScratchLength(int n) => checked((int)((7L * n) + Math.Max(TridiagonalQl.ScratchDoubles(n), Math.Max(TridiagonalVectors.ScratchDoubles(n), Tridiagonalization.ScratchDoubles(n))) + 8));

    /// <summary>Floats of scratch that the float32 overload needs for order <paramref name="n"/> and <paramref name="count"/>
    /// eigenvectors.</summary>
    public static int FloatScratchLength(int n, int count)
    {
        var measure = new Scratch(null, 0);
        Carve(ref measure, n, count, out _, out _, out _, out _);
        return measure.LengthInFloats;
    }

    /// <summary>Decomposes a float32 matrix; the work is done in double precision and rounded once at the end.</summary>
    /// <param name="a">Symmetric matrix [n, n]; only the triangle with column ≥ row is read.</param>
    /// <param name="count">How many leading eigenvectors are wanted, 0 to n.</param>
    /// <param name="values">All eigenvalues [n], descending.</param>
    /// <param name="vectors">Leading eigenvectors as rows [count, n], row-major; may be null when <paramref name="count"/> is 0.</param>
    /// <param name="scratch"><see cref="FloatScratchLength"/> floats.</param>
    /// <exception cref="ArgumentException">The matrix is not square, has a NaN or an infinity, or the scratch is too short.</exception>
    public static EigenStatus Decompose(in MatrixView a, int count, float* values, float* vectors, Span<float> scratch)
    {
        int n = a.Rows;
        if (a.Columns != n)
        {
            throw new ArgumentException($"SymmetricEigen: the matrix must be square, got a [{a.Rows}, {a.Columns}].");
        }

        CheckCount(n, count);
        MatrixScan.Run("SymmetricEigen", a);
        fixed (float* start = scratch)
        {
            var pieces = new Scratch(start, scratch.Length);
            Carve(ref pieces, n, count, out double* work, out double* wideValues, out double* wideVectors, out double* inner);
            for (int i = 0; i < n; i++)
            {
                for (int j = i; j < n; j++)
                {
                    work[(long)i * n + j] = *a.At(i, j);
                }
            }

            EigenStatus status = Decompose(work, n, count, wideValues, wideVectors, new Span<double>(inner, ScratchLength(n)));
            for (int i = 0; i < n; i++)
            {
                values[i] = (float)wideValues[i];
            }

            for (long i = 0; i < (long)count * n; i++)
            {
                vectors[i] = (float)wideVectors[i];
            }

            return status;
        }
    }

    /// <summary>Decomposes a double precision matrix in place.</summary>
    /// <param name="a">Symmetric matrix [n, n], row-major; only the triangle with column ≥ row is read. Destroyed.</param>
    /// <param name="n">Order of the matrix.</param>
    /// <param name="count">How many leading eigenvectors are wanted, 0 to n.</param>
    /// <param name="values">All eigenvalues [n], descending.</param>
    /// <param name="vectors">Leading eigenvectors as rows [count, n]; may be null when <paramref name="count"/> is 0.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> doubles.</param>
    /// <exception cref="ArgumentException">The scratch is too short, or <paramref name="count"/> is out of range.</exception>
    public static EigenStatus Decompose(double* a, int n, int count, double* values, double* vectors, Span<double> scratch)
    {
        CheckCount(n, count);
        if (scratch.Length < ScratchLength(n))
        {
            throw new ArgumentException(
                $"SymmetricEigen: order {n} needs {ScratchLength(n)} doubles of scratch, got {scratch.Length}.", nameof(scratch));
        }

        if (n == 0)
        {
            return new EigenStatus(true, 0, 0);
        }

        fixed (double* start = scratch)
        {
            double* diagonal = start, off = start + n, tau = start + 2L * n, work = start + 3L * n, keptDiagonal = start + 5L * n, keptOff = start + 6L * n, inner = start + 7L * n;
            Tridiagonalization.Reduce(a, n, diagonal, off, tau, work);
            new Span<double>(diagonal, 2 * n).CopyTo(new Span<double>(keptDiagonal, 2 * n));
            bool iterates = TridiagonalVectors.Suits(n, count);
            EigenStatus status = Values(diagonal, off, n, iterates ? 0 : count, values, vectors, (int*)work, inner);
            if (iterates && !TridiagonalVectors.Run(keptDiagonal, keptOff, n, values, count, vectors, inner))
            {
                status = Values(keptDiagonal, keptOff, n, count, values, vectors, (int*)work, inner);
            }

            Tridiagonalization.BackTransform(a, n, tau, vectors, count, inner);
            return status;
        }
    }

    // QL: all eigenvalues, descending, and so many of T's eigenvectors; diagonals are destroyed
    private static EigenStatus Values(double* diagonal, double* off, int n, int count, double* values, double* vectors, int* order, double* scratch)
    {
        var iteration = new TridiagonalQl(diagonal, off, n, scratch, withVectors: count > 0);
        EigenStatus status = iteration.Run();
        SortDescending(diagonal, order, n);
        for (int i = 0; i < n; i++)
        {
            values[i] = diagonal[order[i]];
        }

        for (int i = 0; i < count; i++)
        {
            iteration.CopyVector(order[i], vectors + (long)i * n);
        }

        return status;
    }

    private static void Carve(
        ref Scratch pieces, int n, int count, out double* work, out double* values, out double* vectors, out double* inner)
    {
        work = pieces.Doubles((long)n * n);
        values = pieces.Doubles(n);
        vectors = pieces.Doubles((long)count * n);
        inner = pieces.Doubles(ScratchLength(n));
    }

    private static void CheckCount(int n, int count)
    {
        if (n < 0 || count < 0 || count > n)
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), $"SymmetricEigen: {count} eigenvectors were asked of a matrix of order {n}; ask for 0 to {n}.");
        }
    }

    // insertion sort of indices: stable, and the spectrum comes out of QL nearly sorted
    private static void SortDescending(double* keys, int* order, int n)
    {
        for (int i = 0; i < n; i++)
        {
            int j = i;
            for (; j > 0 && keys[order[j - 1]] < keys[i]; j--)
            {
                order[j] = order[j - 1];
            }

            order[j] = i;
        }
    }
}
