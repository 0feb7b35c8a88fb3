using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed unsafe class JacobiSvdTests
{
    [Fact]
    public void U_S_Vt_gives_A_back_with_orthonormal_factors_and_the_singular_values_of_MathNet()
    {
        MatrixCase.ForAll(60, 120, c =>
        {
            float[] values = c.Build();
            (float[] u, float[] s, float[] vt, SvdStatus status) = Decompose(values, c.Rows, c.Columns);
            int k = Math.Min(c.Rows, c.Columns);
            double[,] a = TestMatrix.Wide(values, c.Rows, c.Columns), wideU = TestMatrix.Wide(u, c.Rows, k), wideVt = TestMatrix.Wide(vt, k, c.Columns);
            double tolerance = TestMatrix.Tolerance(c.Rows, c.Columns), norm = ReferenceMatrix.Norm(a);
            return status.Converged
                && ReferenceMatrix.Distance(ReferenceMatrix.Multiply(TestMatrix.Scaled(wideU, s), wideVt), a) <= tolerance * norm
                && TestMatrix.Skewness(wideU, k) <= tolerance * Math.Sqrt(k)
                && TestMatrix.Skewness(ReferenceMatrix.Transpose(wideVt), k) <= tolerance * Math.Sqrt(k)
                && s.SequenceEqual(s.OrderDescending())
                && TestMatrix.SingularValues(a).Zip(s).All(x => Math.Abs(x.First - x.Second) <= tolerance * norm);
        });
    }

    [Fact]
    public void Small_singular_values_of_a_badly_scaled_matrix_keep_their_relative_accuracy()
    {
        // columns of very different length: A = Q diag(10^-1.2j), whose singular values are known to all digits
        int n = MatrixCase.Size(10, 4), rows = MatrixCase.Size(30, 8);
        double[,] q = ReferenceQr.Factor(TestMatrix.Gaussian(new Random(4), rows, n)).Q;
        var values = new float[rows * n];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(q[i / n, i % n] * Math.Pow(10, -1.2 * (i % n)));
        }

        (_, float[] s, _, _) = Decompose(values, rows, n);
        for (int j = 0; j < n; j++)
        {
            Assert.Equal(1, s[j] * Math.Pow(10, 1.2 * j), 10 * TestMatrix.FloatEpsilon);
        }
    }

    [Fact]
    public void The_fast_and_the_slow_twin_agree_on_the_singular_values()
    {
        MatrixCase.ForAll(25, 50, c =>
        {
            float[] values = c.Build();
            double[] expected = ReferenceSvd.Decompose(TestMatrix.Wide(values, c.Rows, c.Columns)).S;
            float[] s = Decompose(values, c.Rows, c.Columns).S;
            return expected.Zip(s).All(x => Math.Abs(x.First - x.Second) <= 2 * TestMatrix.FloatEpsilon * expected[0]);
        });
    }

    private static (float[] U, float[] S, float[] Vt, SvdStatus Status) Decompose(float[] values, int rows, int columns)
    {
        int k = Math.Min(rows, columns);
        float[] u = new float[rows * k], s = new float[k], vt = new float[k * columns], scratch = new float[JacobiSvd.ScratchLength(rows, columns)];
        fixed (float* a = values, pu = u, ps = s, pv = vt)
        {
            return (u, s, vt, JacobiSvd.Decompose(MatrixView.RowMajor(a, rows, columns), pu, ps, pv, scratch));
        }
    }
}
