namespace Engram.Kernels.LinearAlgebra.Reference;

/// <summary>Eigendecomposition of a symmetric matrix by textbook cyclic Jacobi in double precision, eigenvalues descending.</summary>
public static class ReferenceEigen
{
    /// <summary>Returns the eigenvalues [n] and the eigenvectors as columns [n, n].</summary>
    public static (double[] Values, double[,] Vectors) Decompose(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        var a = (double[,])matrix.Clone();
        var v = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            v[i, i] = 1;
        }

        double threshold = 1e-17 * ReferenceMatrix.Norm(a);
        for (int sweep = 0, rotations = 1; sweep < 60 && rotations > 0; sweep++)
        {
            rotations = 0;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    if (Math.Abs(a[p, q]) > threshold)
                    {
                        rotations++;
                        Rotate(a, v, p, q);
                    }
                }
            }
        }

        int[] order = Enumerable.Range(0, n).OrderByDescending(i => a[i, i]).ToArray();
        var values = new double[n];
        var vectors = new double[n, n];
        for (int j = 0; j < n; j++)
        {
            values[j] = a[order[j], order[j]];
            for (int i = 0; i < n; i++)
            {
                vectors[i, j] = v[i, order[j]];
            }
        }

        return (values, vectors);
    }

    private static void Rotate(double[,] a, double[,] v, int p, int q)
    {
        double angle = 0.5 * Math.Atan2(2 * a[p, q], a[q, q] - a[p, p]), c = Math.Cos(angle), s = Math.Sin(angle);
        int n = a.GetLength(0);
        for (int i = 0; i < n; i++)
        {
            (a[i, p], a[i, q]) = (c * a[i, p] - s * a[i, q], s * a[i, p] + c * a[i, q]);
            (v[i, p], v[i, q]) = (c * v[i, p] - s * v[i, q], s * v[i, p] + c * v[i, q]);
        }

        for (int i = 0; i < n; i++)
        {
            (a[p, i], a[q, i]) = (c * a[p, i] - s * a[q, i], s * a[p, i] + c * a[q, i]);
        }
    }
}
