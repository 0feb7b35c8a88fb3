using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed unsafe class SymmetricEigenTests
{
    private const double Epsilon = 2.220446049250313e-16;

    [Fact]
    public void Tridiagonal_QL_satisfies_A_V_equals_V_Lambda_and_agrees_with_MathNet() => MatrixCase.ForAll(70, 100, c => Holds(Symmetric(c), Ql));

    [Fact]
    public void Cyclic_Jacobi_satisfies_A_V_equals_V_Lambda_and_agrees_with_MathNet() => MatrixCase.ForAll(24, 100, c => Holds(Symmetric(c), Jacobi));

    [Fact]
    public void The_slow_twin_satisfies_the_same_identities() => MatrixCase.ForAll(24, 60, c => Holds(Symmetric(c), a =>
    {
        (double[] values, double[,] vectors) = ReferenceEigen.Decompose(a);
        return (values, ReferenceMatrix.Transpose(vectors), new EigenStatus(true, 0, 0));
    }));

    [Theory]
    [InlineData("zero")]
    [InlineData("identity")]
    [InlineData("diagonal")]
    [InlineData("second difference")]
    [InlineData("wilkinson")]
    [InlineData("one block apart")]
    public void Special_matrices_are_decomposed_like_any_other(string kind)
    {
        int n = MatrixCase.Size(101, 7);
        var a = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            a[i, i] = kind switch { "identity" => 1, "diagonal" => (i * 7 % n) - 3, "second difference" => 2, "wilkinson" => Math.Abs(i - n / 2), _ => 0 };
            if (i > 0 && (kind is "second difference" or "wilkinson" || (kind == "one block apart" && i == n / 2)))
            {
                a[i, i - 1] = a[i - 1, i] = kind == "second difference" ? -1 : 1;
            }
        }

        Assert.True(Holds(a, Ql));
        Assert.True(Holds(a, Jacobi));
    }

    [Fact]
    public void Enough_rotations_for_several_batches_leave_the_vectors_orthonormal()
    {
        int n = MatrixCase.Size(260, 8);
        Assert.True(Holds(Symmetric(new MatrixCase(n, n, "gaussian", 0, 11)), Ql));
    }

    [Fact]
    public void Some_vectors_satisfy_A_V_equals_V_Lambda_and_come_with_the_same_values() =>
        MatrixCase.ForAll(90, 200, c => HoldsForSome(Symmetric(c), 1 + (Math.Abs(c.Seed % 1000) % c.Rows)));

    [Theory]
    [InlineData("zero", 40, 20)]
    [InlineData("identity", 40, 20)]
    [InlineData("pairs", 48, 20)]
    [InlineData("pairs", 48, 29)]
    [InlineData("two values", 64, 33)]
    [InlineData("low rank", 64, 30)]
    [InlineData("graded", 60, 37)]
    [InlineData("second difference", 80, 50)]
    [InlineData("wilkinson", 81, 50)]
    [InlineData("wilkinson", 21, 13)]
    [InlineData("glued wilkinson", 105, 60)]
    [InlineData("blocks alike", 64, 32)]
    public void Some_vectors_of_multiple_clustered_and_graded_eigenvalues_are_orthonormal(string kind, int order, int some)
    {
        int n = MatrixCase.Size(order, 16), count = Math.Min(some, n / 8 * 5);
        var a = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            a[i, i] = kind switch
            {
                "identity" => 1, "graded" => Math.Pow(0.3, i), "second difference" => 2, "wilkinson" => Math.Abs(i - (n / 2)), "glued wilkinson" => Math.Abs((i % 21) - 10),
                "pairs" => i / 2, "two values" => i % 2, "low rank" => i < 9 ? 9 - i : 0, "blocks alike" => i % 4, _ => 0,
            };
            if (i > 0)
            {
                a[i, i - 1] = a[i - 1, i] = kind switch { "second difference" => -1, "wilkinson" => 1, "glued wilkinson" => i % 21 == 0 ? 1e-8 : 1, "blocks alike" => i % 4 == 0 ? 0 : 1, _ => 0 };
            }
        }

        // as it is, and turned by a random orthogonal matrix, so that T is none of those
        Assert.True(HoldsForSome(a, count));
        double[,] q = ReferenceMatrix.Transpose(Ql(Symmetric(new MatrixCase(n, n, "gaussian", 0, 31))).Rows);
        double[,] turned = ReferenceMatrix.Multiply(ReferenceMatrix.Multiply(q, a), ReferenceMatrix.Transpose(q));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                turned[i, j] = turned[j, i];
            }
        }

        Assert.True(HoldsForSome(turned, count));
    }

    [Theory]
    [InlineData(1e-120)]
    [InlineData(1e-150)]
    [InlineData(1e120)]
    public void Some_vectors_of_very_small_and_large_matrices_are_those_of_the_matrix_scaled(double scale)
    {
        int n = MatrixCase.Size(40, 16);
        double[,] a = Symmetric(new MatrixCase(n, n, "gaussian", 0, 5)), b = (double[,])a.Clone();
        for (int i = 0; i < n * n; i++)
        {
            b[i / n, i % n] *= scale;
        }

        (double[] values, double[,] rows, EigenStatus status) = Ql(b, n / 4);
        Assert.True(status.Converged);
        Assert.True(HoldsForSome(a, (values.Select(x => x / scale).ToArray(), rows, status), n / 4));
    }

    [Fact]
    public void Float_input_is_decomposed_in_double_and_rounded_once()
    {
        int n = MatrixCase.Size(40, 5);
        double[,] a = Symmetric(new MatrixCase(n, n, "gaussian", 0, 9));
        var single = new float[n * n];
        for (int i = 0; i < single.Length; i++)
        {
            single[i] = (float)a[i / n, i % n];
            a[i / n, i % n] = single[i];
        }

        float[] values = new float[n], vectors = new float[n * n], scratch = new float[SymmetricEigen.FloatScratchLength(n, n)];
        fixed (float* p = single, pv = values, pw = vectors)
        {
            Assert.True(SymmetricEigen.Decompose(MatrixView.RowMajor(p, n, n), n, pv, pw, scratch).Converged);
        }

        Assert.Equal(Ql(a).Values.Select(x => (float)x), values);
    }

    [Fact]
    public void A_matrix_that_is_not_square_is_refused_with_its_shape()
    {
        var values = new float[6];
        var error = Assert.Throws<ArgumentException>(() =>
        {
            fixed (float* p = values)
            {
                SymmetricEigen.Decompose(MatrixView.RowMajor(p, 2, 3), 0, p, null, new float[1000]);
            }
        });
        Assert.Contains("[2, 3]", error.Message);
    }

    private static bool Holds(double[,] a, Func<double[,], (double[] Values, double[,] Rows, EigenStatus Status)> decompose)
    {
        int n = a.GetLength(0);
        (double[] values, double[,] rows, EigenStatus status) = decompose(a);
        double[,] vectors = ReferenceMatrix.Transpose(rows), scaled = (double[,])vectors.Clone();
        for (int i = 0; i < n * n; i++)
        {
            scaled[i / n, i % n] *= values[i % n];
        }

        double norm = ReferenceMatrix.Norm(a), tolerance = TestMatrix.Tolerance(n, n, 4, Epsilon);
        double[] expected = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfArray(a)
            .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues.Select(z => z.Real).OrderDescending().ToArray();
        return status.Converged
            && status.Residual <= tolerance
            && ReferenceMatrix.Distance(ReferenceMatrix.Multiply(a, vectors), scaled) <= tolerance * norm
            && TestMatrix.Skewness(vectors, n) <= tolerance * Math.Sqrt(n)
            && values.SequenceEqual(values.OrderDescending())
            && expected.Zip(values).All(x => Math.Abs(x.First - x.Second) <= tolerance * norm);
    }

    // the given number of leading vectors, and the values of the decomposition with all of them
    private static bool HoldsForSome(double[,] a, int count)
    {
        var some = Ql(a, count);
        return Ql(a).Values.SequenceEqual(some.Values) && HoldsForSome(a, some, count);
    }

    private static bool HoldsForSome(double[,] a, (double[] Values, double[,] Rows, EigenStatus Status) some, int count)
    {
        int n = a.GetLength(0);
        double[,] vectors = ReferenceMatrix.Transpose(some.Rows), scaled = (double[,])vectors.Clone();
        for (int i = 0; i < n * count; i++)
        {
            scaled[i / count, i % count] *= some.Values[i % count];
        }

        double tolerance = TestMatrix.Tolerance(n, n, 4, Epsilon);
        return some.Status.Converged
            && ReferenceMatrix.Distance(ReferenceMatrix.Multiply(a, vectors), scaled) <= tolerance * ReferenceMatrix.Norm(a)
            && TestMatrix.Skewness(vectors, count) <= tolerance * Math.Sqrt(n);
    }

    private static double[,] Symmetric(MatrixCase c)
    {
        MatrixCase square = c with { Columns = c.Rows };
        double[,] a = TestMatrix.Wide(square.Build(), c.Rows, c.Rows), s = new double[c.Rows, c.Rows];
        for (int i = 0; i < a.Length; i++)
        {
            s[i / c.Rows, i % c.Rows] = 0.5 * (a[i / c.Rows, i % c.Rows] + a[i % c.Rows, i / c.Rows]);
        }

        return s;
    }

    private static (double[] Values, double[,] Rows, EigenStatus Status) Ql(double[,] a) => Ql(a, a.GetLength(0));

    private static (double[] Values, double[,] Rows, EigenStatus Status) Ql(double[,] a, int count)
    {
        int n = a.GetLength(0);
        var work = (double[,])a.Clone();
        double[] values = new double[n], scratch = new double[SymmetricEigen.ScratchLength(n)];
        var rows = new double[count, n];
        fixed (double* p = work, pv = values, pr = rows)
        {
            return (values, rows, SymmetricEigen.Decompose(p, n, count, pv, pr, scratch));
        }
    }

    private static (double[] Values, double[,] Rows, EigenStatus Status) Jacobi(double[,] a)
    {
        int n = a.GetLength(0);
        var work = (double[,])a.Clone();
        var values = new double[n];
        var rows = new double[n, n];
        fixed (double* p = work, pv = values, pr = rows)
        {
            return (values, rows, JacobiEigen.Decompose(p, n, pv, pr));
        }
    }
}
