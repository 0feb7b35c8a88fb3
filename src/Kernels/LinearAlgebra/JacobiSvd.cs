namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Thin SVD by one-sided Jacobi rotations (Hestenes): A [m, n] = U [m, k] · diag(S) · Vᵀ [k, n], k = min(m, n), σ descending. Columns are
/// held
/// contiguously in double precision and rotated in pairs until all are orthogonal.
/// </summary>
/// <remarks>
/// Promise: U and V orthonormal, ‖U S Vᵀ − A‖_F ≤ c·eps·sqrt(8·max(m, n))·‖A‖_F with eps of float32, and σ_i with relative accuracy as
/// far as the
/// float32 input defines them. Exactly rank-deficient input gets U (or V) completed by orthonormal columns. Demmel and Veselić (1992).
/// </remarks>
public static unsafe class JacobiSvd
{
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>Floats of scratch needed for a [<paramref name="rows"/>, <paramref name="columns"/>] matrix.</summary>
    public static int ScratchLength(int rows, int columns)
    {
        var measure = new Scratch(null, 0);
        int n = Math.Min(rows, columns);
        Carve(ref measure, Math.Max(rows, columns), n, out _, out _, out _, out _);
        return measure.LengthInFloats;
    }

    /// <summary>Decomposes <paramref name="a"/>, which is only read.</summary>
    /// <param name="a">Matrix [m, n], any strides.</param>
    /// <param name="u">Receives U [m, k], row-major.</param>
    /// <param name="s">Receives the singular values [k], descending.</param>
    /// <param name="vt">Receives Vᵀ [k, n], row-major; may be null.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    /// <param name="maxSweeps">Cap on sweeps over all pairs; 6 to 10 are usual.</param>
    /// <exception cref="ArgumentException">An entry is not finite, ‖A‖ exceeds float32, or the scratch is too short.</exception>
    public static SvdStatus Decompose(in MatrixView a, float* u, float* s, float* vt, Span<float> scratch, int maxSweeps = 40)
    {
        MatrixScan scan = MatrixScan.Run("JacobiSvd", a);
        RandomizedSvd.CheckNorm("JacobiSvd", scan.SumOfSquares);
        bool wide = a.Columns > a.Rows;
        MatrixView tall = wide ? a.Transposed : a;
        int m = tall.Rows, n = tall.Columns;
        fixed (float* start = scratch)
        {
            var pieces = new Scratch(start, scratch.Length);
            Carve(ref pieces, m, n, out double* columns, out double* v, out double* squares, out int* order);
            for (int j = 0; j < n; j++)
            {
                for (int i = 0; i < m; i++)
                {
                    columns[(long)j * m + i] = *tall.At(i, j);
                }
            }

            new Span<double>(v, n * n).Clear();
            for (int j = 0; j < n; j++)
            {
                v[(long)j * n + j] = 1;
            }

            (int sweeps, double worst) = Orthogonalize(columns, m, v, n, squares, maxSweeps);
            int rank = Normalize(columns, m, n, squares, order);
            for (int k = 0; k < n; k++)
            {
                double* left = columns + (long)order[k] * m, right = v + (long)order[k] * n;
                s[k] = (float)squares[order[k]];
                Write(wide ? right : left, wide ? n : m, u, k, n);
                if (vt != null)
                {
                    Write(wide ? left : right, wide ? m : n, vt + (long)k * a.Columns, 0, 1);
                }
            }

            return new SvdStatus(rank, sweeps, worst <= Tolerance(m), worst, SvdPath.Jacobi);
        }
    }

    private static double Tolerance(int m) => Epsilon * Math.Max(8, Math.Sqrt(m));

    private static void Write(double* source, int count, float* target, int offset, int stride)
    {
        for (int i = 0; i < count; i++)
        {
            target[offset + (long)i * stride] = (float)source[i];
        }
    }

    private static void Carve(ref Scratch pieces, int m, int n, out double* columns, out double* v, out double* squares, out int* order)
    {
        columns = pieces.Doubles((long)m * n);
        v = pieces.Doubles((long)n * n);
        squares = pieces.Doubles(n);
        order = pieces.Integers(n);
    }

    private static (int Sweeps, double Worst) Orthogonalize(double* columns, int m, double* v, int n, double* squares, int maxSweeps)
    {
        double total = 0;
        for (int j = 0; j < n; j++)
        {
            squares[j] = DoubleVectors.Dot(columns + (long)j * m, columns + (long)j * m, m);
            total += squares[j];
        }

        // a column this small is rounding noise of the others: rotating it further would only stir the noise
        double negligible = Epsilon * Epsilon * total;
        double worst = 0;
        int sweeps = 0;
        do
        {
            worst = 0;
            sweeps++;
            for (int p = 0; p < n - 1; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    if (squares[p] <= negligible || squares[q] <= negligible)
                    {
                        continue;
                    }

                    double* x = columns + (long)p * m, y = columns + (long)q * m;
                    double dot = DoubleVectors.Dot(x, y, m), cosine = Math.Abs(dot) / Math.Sqrt(squares[p] * squares[q]);
                    worst = Math.Max(worst, cosine);
                    if (cosine <= Tolerance(m))
                    {
                        continue;
                    }

                    double theta = (squares[q] - squares[p]) / (2 * dot);
                    double t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
                    double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
                    DoubleVectors.Rotate(x, y, c, s, m);
                    DoubleVectors.Rotate(v + (long)p * n, v + (long)q * n, c, s, n);

                    // recomputed, not updated: the update formula loses a small column's norm to cancellation
                    squares[p] = DoubleVectors.Dot(x, x, m);
                    squares[q] = DoubleVectors.Dot(y, y, m);
                }
            }
        }
        while (worst > Tolerance(m) && sweeps < maxSweeps);

        return (sweeps, worst);
    }

    // squares become singular values, columns become unit vectors (completed where σ is negligible), order sorts them
    private static int Normalize(double* columns, int m, int n, double* squares, int* order)
    {
        for (int j = 0; j < n; j++)
        {
            squares[j] = Math.Sqrt(squares[j]);
            int i = j;
            for (; i > 0 && squares[order[i - 1]] < squares[j]; i--)
            {
                order[i] = order[i - 1];
            }

            order[i] = j;
        }

        double floor = n == 0 ? 0 : squares[order[0]] * Epsilon * Math.Sqrt(Math.Max(m, n)) * 4;
        int rank = 0;
        int unit = 0;
        for (int k = 0; k < n; k++)
        {
            double* column = columns + (long)order[k] * m;
            if (squares[order[k]] > floor)
            {
                DoubleVectors.Scale(1 / squares[order[k]], column, m);
                rank++;
                continue;
            }

            squares[order[k]] = 0;
            Complete(columns, m, order, k, column, ref unit);
        }

        return rank;
    }

    // the next unit vector with a healthy part outside the span of the columns before, made orthogonal to them (twice is enough)
    private static void Complete(double* columns, int m, int* order, int done, double* column, ref int unit)
    {
        for (; ; unit++)
        {
            new Span<double>(column, m).Clear();
            column[unit] = 1;
            for (int pass = 0; pass < 2; pass++)
            {
                for (int k = 0; k < done; k++)
                {
                    double* other = columns + (long)order[k] * m;
                    DoubleVectors.Add(-DoubleVectors.Dot(other, column, m), other, column, m);
                }
            }

            double norm = Math.Sqrt(DoubleVectors.Dot(column, column, m));
            if (norm * norm * (m + 1) > 0.5)
            {
                DoubleVectors.Scale(1 / norm, column, m);
                unit++;
                return;
            }
        }
    }
}
