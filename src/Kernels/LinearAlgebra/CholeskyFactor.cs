namespace Engram.Kernels.LinearAlgebra;

/// <summary>Cholesky pieces on small double precision matrices: G = RᵀR, R⁻¹, and an estimate of the smallest eigenvalue.</summary>
internal static unsafe class CholeskyFactor
{
    /// <summary>
    /// Overwrites the upper triangle of <paramref name="g"/> [n, n] by R and clears the lower one. Returns min/max of R's diagonal, an
    /// upper bound on 1/cond(R) that is close in practice; 0 when a pivot vanished, and then R is unusable.
    /// </summary>
    internal static double Factor(double* g, int n)
    {
        double smallest = double.PositiveInfinity, largest = 0;
        for (int k = 0; k < n; k++)
        {
            double* row = g + (long)k * n;
            double pivot = row[k];
            if (!(pivot > 0) || !(Math.Sqrt(pivot) > 1e-9 * largest))
            {
                return 0;
            }

            double root = Math.Sqrt(pivot);
            smallest = Math.Min(smallest, root);
            largest = Math.Max(largest, root);
            new Span<double>(row, k).Clear();
            DoubleVectors.Scale(1 / root, row + k, n - k);
            row[k] = root;
            for (int i = k + 1; i < n; i++)
            {
                DoubleVectors.Add(-row[i], row + i, g + (long)i * n + i, n - i);
            }
        }

        return n == 0 ? 1 : smallest / largest;
    }

    /// <summary>Writes R⁻¹ [n, n], upper triangular with zeros below, for the upper triangular R [n, n].</summary>
    internal static void Invert(double* r, int n, double* inverse)
    {
        new Span<double>(inverse, n * n).Clear();
        for (int i = n - 1; i >= 0; i--)
        {
            // row i of R⁻¹ = (e_i − Σ_{k>i} r_ik · row k of R⁻¹) / r_ii
            double* row = inverse + (long)i * n;
            row[i] = 1;
            for (int k = i + 1; k < n; k++)
            {
                DoubleVectors.Add(-r[(long)i * n + k], inverse + (long)k * n + k, row + k, n - k);
            }

            DoubleVectors.Scale(1 / r[(long)i * n + i], row + i, n - i);
        }
    }

    /// <summary>
    /// Estimates the smallest eigenvalue of RᵀR by four steps of inverse iteration with R⁻¹; never below the true value.
    /// <paramref name="work"/> takes 2n doubles.
    /// </summary>
    internal static double SmallestEigenvalue(double* inverse, int n, double* work)
    {
        double* x = work, y = work + n;
        for (int i = 0; i < n; i++)
        {
            x[i] = (i & 1) == 0 ? 1 : -0.7;
        }

        double growth = 0;
        for (int step = 0; step < 4; step++)
        {
            DoubleVectors.Scale(1 / Math.Sqrt(DoubleVectors.Dot(x, x, n)), x, n);

            // y = R⁻ᵀ x, then x = R⁻¹ y; ‖y‖² is the Rayleigh quotient of (RᵀR)⁻¹
            new Span<double>(y, n).Clear();
            for (int i = 0; i < n; i++)
            {
                DoubleVectors.Add(x[i], inverse + (long)i * n + i, y + i, n - i);
            }

            growth = Math.Max(growth, DoubleVectors.Dot(y, y, n));
            for (int i = 0; i < n; i++)
            {
                x[i] = DoubleVectors.Dot(inverse + (long)i * n + i, y + i, n - i);
            }
        }

        return 1 / growth;
    }
}
