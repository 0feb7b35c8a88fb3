namespace Engram.Kernels.LinearAlgebra.Reference;

/// <summary>
/// Thin SVD by textbook one-sided Jacobi in double precision, A [m, n] = U diag(S) Vᵀ, σ descending; the twin of <see cref="JacobiSvd"/>
/// and, cut
/// after r components, of <see cref="RandomizedSvd"/>. Columns of U with σ = 0 are zero.
/// </summary>
public static class ReferenceSvd
{
    /// <summary>Returns U [m, k], S [k] and V [n, k], k = min(m, n).</summary>
    public static (double[,] U, double[] S, double[,] V) Decompose(double[,] matrix)
    {
        int m = matrix.GetLength(0), n = matrix.GetLength(1);
        if (m < n)
        {
            (double[,] right, double[] values, double[,] left) = Decompose(ReferenceMatrix.Transpose(matrix));
            return (left, values, right);
        }

        var a = (double[,])matrix.Clone();
        var v = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            v[i, i] = 1;
        }

        double tiny = 1e-40 * ReferenceMatrix.Norm(a) * ReferenceMatrix.Norm(a);
        for (int sweep = 0, rotations = 1; sweep < 60 && rotations > 0; sweep++)
        {
            rotations = 0;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    rotations += Rotate(a, v, p, q, tiny) ? 1 : 0;
                }
            }
        }

        return Sorted(a, v);
    }

    private static bool Rotate(double[,] a, double[,] v, int p, int q, double tiny)
    {
        double pp = 0, qq = 0, pq = 0;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            pp += a[i, p] * a[i, p];
            qq += a[i, q] * a[i, q];
            pq += a[i, p] * a[i, q];
        }

        if (Math.Abs(pq) <= 1e-15 * Math.Sqrt(pp * qq) || pp <= tiny || qq <= tiny)
        {
            return false;
        }

        double angle = 0.5 * Math.Atan2(2 * pq, qq - pp), c = Math.Cos(angle), s = Math.Sin(angle);
        for (int i = 0; i < a.GetLength(0); i++)
        {
            (a[i, p], a[i, q]) = (c * a[i, p] - s * a[i, q], s * a[i, p] + c * a[i, q]);
        }

        for (int i = 0; i < v.GetLength(0); i++)
        {
            (v[i, p], v[i, q]) = (c * v[i, p] - s * v[i, q], s * v[i, p] + c * v[i, q]);
        }

        return true;
    }

    private static (double[,] U, double[] S, double[,] V) Sorted(double[,] a, double[,] v)
    {
        int m = a.GetLength(0), n = a.GetLength(1);
        double[] norms = Enumerable.Range(0, n).Select(j => Math.Sqrt(Enumerable.Range(0, m).Sum(i => a[i, j] * a[i, j]))).ToArray();
        int[] order = Enumerable.Range(0, n).OrderByDescending(j => norms[j]).ToArray();
        var u = new double[m, n];
        var right = new double[n, n];
        for (int j = 0; j < n; j++)
        {
            for (int i = 0; i < m; i++)
            {
                u[i, j] = norms[order[j]] == 0 ? 0 : a[i, order[j]] / norms[order[j]];
            }

            for (int i = 0; i < n; i++)
            {
                right[i, j] = v[i, order[j]];
            }
        }

        return (u, order.Select(j => norms[j]).ToArray(), right);
    }
}
