namespace Engram.Kernels.LinearAlgebra.Reference;

/// <summary>Textbook double precision products and norms on <c>double[,]</c>: the vocabulary of the slow twins and of the tests.</summary>
public static class ReferenceMatrix
{
    /// <summary>A·B.</summary>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public static double[,] Multiply(double[,] a, double[,] b)
    {
        if (a.GetLength(1) != b.GetLength(0))
        {
            throw new ArgumentException(
                "reference product: inner sizes differ: "
                + $"a [{a.GetLength(0)}, {a.GetLength(1)}], b [{b.GetLength(0)}, {b.GetLength(1)}].");
        }

        var c = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < c.GetLength(0); i++)
        {
            for (int k = 0; k < a.GetLength(1); k++)
            {
                double factor = a[i, k];
                for (int j = 0; j < c.GetLength(1); j++)
                {
                    c[i, j] += factor * b[k, j];
                }
            }
        }

        return c;
    }

    /// <summary>Aᵀ.</summary>
    public static double[,] Transpose(double[,] a)
    {
        var t = new double[a.GetLength(1), a.GetLength(0)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
            {
                t[j, i] = a[i, j];
            }
        }

        return t;
    }

    /// <summary>‖A‖_F.</summary>
    public static double Norm(double[,] a)
    {
        double sum = 0;
        foreach (double x in a)
        {
            sum += x * x;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>‖A − B‖_F.</summary>
    public static double Distance(double[,] a, double[,] b)
    {
        double sum = 0;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
            {
                sum += (a[i, j] - b[i, j]) * (a[i, j] - b[i, j]);
            }
        }

        return Math.Sqrt(sum);
    }
}
