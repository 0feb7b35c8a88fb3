namespace Engram.Kernels.LinearAlgebra.Reference;

/// <summary>Thin Householder QR, one reflector at a time, in double precision: A [m, n] = Q [m, k] R [k, n], k = min(m, n).</summary>
public static class ReferenceQr
{
    /// <summary>Returns Q and R.</summary>
    public static (double[,] Q, double[,] R) Factor(double[,] a)
    {
        int m = a.GetLength(0), n = a.GetLength(1), k = Math.Min(m, n);
        var work = (double[,])a.Clone();
        var reflectors = new double[k][];
        for (int j = 0; j < k; j++)
        {
            var v = new double[m];
            double norm = 0;
            for (int i = j; i < m; i++)
            {
                v[i] = work[i, j];
                norm += v[i] * v[i];
            }

            v[j] += Math.CopySign(Math.Sqrt(norm), v[j]);
            reflectors[j] = v;
            Reflect(v, work);
        }

        var q = new double[m, k];
        for (int j = 0; j < k; j++)
        {
            q[j, j] = 1;
        }

        for (int j = k - 1; j >= 0; j--)
        {
            Reflect(reflectors[j], q);
        }

        var r = new double[k, n];
        for (int i = 0; i < k; i++)
        {
            for (int j = i; j < n; j++)
            {
                r[i, j] = work[i, j];
            }
        }

        return (q, r);
    }

    private static void Reflect(double[] v, double[,] a)
    {
        double square = v.Sum(x => x * x);
        if (square == 0)
        {
            return;
        }

        for (int j = 0; j < a.GetLength(1); j++)
        {
            double sum = 0;
            for (int i = 0; i < v.Length; i++)
            {
                sum += v[i] * a[i, j];
            }

            for (int i = 0; i < v.Length; i++)
            {
                a[i, j] -= 2 * sum / square * v[i];
            }
        }
    }
}
