namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Eigendecomposition of a small symmetric matrix by cyclic Jacobi rotations in double precision. Slower than <see cref="SymmetricEigen"/>
/// beyond n of about 30, but finds tiny eigenvalues of a positive semi-definite, well-scaled matrix to high relative accuracy.
/// </summary>
/// <remarks>
/// Promise: after convergence every |a_pq| ≤ eps·sqrt(|a_pp a_qq|) or ≤ eps²·‖A‖_F. Golub and Van Loan, Matrix Computations, section 8.5;
/// Demmel and Veselić (1992) for the stopping rule.
/// </remarks>
public static unsafe class JacobiEigen
{
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>Decomposes <paramref name="a"/> in place.</summary>
    /// <param name="a">Symmetric matrix [n, n], row-major, both triangles filled. Destroyed.</param>
    /// <param name="n">Order of the matrix.</param>
    /// <param name="values">Eigenvalues [n], descending.</param>
    /// <param name="vectors">Eigenvectors as rows [n, n].</param>
    /// <param name="maxSweeps">Cap on the number of sweeps over all pairs; 8 are usual.</param>
    public static EigenStatus Decompose(double* a, int n, double* values, double* vectors, int maxSweeps = 40)
    {
        double norm = Math.Sqrt(DoubleVectors.Dot(a, a, checked(n * n)));
        new Span<double>(vectors, n * n).Clear();
        for (int i = 0; i < n; i++)
        {
            vectors[(long)i * n + i] = 1;
        }

        int sweeps = 0;
        bool rotated = n > 1;
        while (rotated && sweeps < maxSweeps)
        {
            rotated = false;
            sweeps++;
            for (int p = 0; p < n - 1; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    rotated |= Rotate(a, n, p, q, norm, vectors);
                }
            }
        }

        double worst = 0;
        for (int p = 0; p < n - 1; p++)
        {
            for (int q = p + 1; q < n; q++)
            {
                worst = Math.Max(worst, Math.Abs(a[(long)p * n + q]));
            }
        }

        Sort(a, n, values, vectors);
        return new EigenStatus(!rotated, sweeps, norm == 0 ? 0 : worst / norm);
    }

    private static bool Rotate(double* a, int n, int p, int q, double norm, double* vectors)
    {
        double* rowP = a + (long)p * n, rowQ = a + (long)q * n;
        double app = rowP[p], aqq = rowQ[q], apq = rowP[q];
        if (Math.Abs(apq) <= Math.Max(Epsilon * Math.Sqrt(Math.Abs(app) * Math.Abs(aqq)), Epsilon * Epsilon * norm))
        {
            return false;
        }

        double theta = (aqq - app) / (2 * apq);
        double t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
        DoubleVectors.Rotate(rowP, rowQ, c, s, n);
        for (int i = 0; i < n; i++)
        {
            double* row = a + (long)i * n;
            double x = row[p], y = row[q];
            row[p] = c * x - s * y;
            row[q] = s * x + c * y;
        }

        // what the two passes leave here is rounding noise; the exact values are known
        rowP[p] = app - t * apq;
        rowQ[q] = aqq + t * apq;
        rowP[q] = 0;
        rowQ[p] = 0;
        DoubleVectors.Rotate(vectors + (long)p * n, vectors + (long)q * n, c, s, n);
        return true;
    }

    private static void Sort(double* a, int n, double* values, double* vectors)
    {
        for (int i = 0; i < n; i++)
        {
            values[i] = a[(long)i * n + i];
        }

        for (int i = 0; i < n - 1; i++)
        {
            int best = i;
            for (int j = i + 1; j < n; j++)
            {
                best = values[j] > values[best] ? j : best;
            }

            if (best != i)
            {
                (values[i], values[best]) = (values[best], values[i]);
                double* x = vectors + (long)i * n, y = vectors + (long)best * n;
                for (int k = 0; k < n; k++)
                {
                    (x[k], y[k]) = (y[k], x[k]);
                }
            }
        }
    }
}
