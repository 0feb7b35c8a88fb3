using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed unsafe class HouseholderQrTests
{
    [Fact]
    public void Q_times_R_gives_A_back_with_Q_orthonormal_and_R_upper_trapezoidal()
    {
        MatrixCase.ForAll(90, 150, c =>
        {
            float[] values = c.Build();
            (float[] q, float[] r) = Factor(values, c.Rows, c.Columns);
            int k = Math.Min(c.Rows, c.Columns);
            double[,] a = TestMatrix.Wide(values, c.Rows, c.Columns), wideQ = TestMatrix.Wide(q, c.Rows, k), wideR = TestMatrix.Wide(r, k, c.Columns);
            double tolerance = TestMatrix.Tolerance(c.Rows, c.Columns);
            for (int i = 0; i < k; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    Assert.Equal(0, r[i * c.Columns + j]);
                }
            }

            return ReferenceMatrix.Distance(ReferenceMatrix.Multiply(wideQ, wideR), a) <= tolerance * ReferenceMatrix.Norm(a)
                && TestMatrix.Skewness(wideQ, k) <= tolerance * Math.Sqrt(k);
        });
    }

    [Fact]
    public void R_agrees_with_the_double_precision_twin_up_to_the_signs_of_its_rows()
    {
        int rows = MatrixCase.Size(130, 7), columns = MatrixCase.Size(70, 5);
        float[] values = new MatrixCase(rows, columns, "gaussian", 0, 3).Build();
        (_, float[] r) = Factor(values, rows, columns);
        double[,] a = TestMatrix.Wide(values, rows, columns), expected = ReferenceQr.Factor(a).R;
        double tolerance = 10 * TestMatrix.Tolerance(rows, columns) * ReferenceMatrix.Norm(a);
        for (int i = 0; i < columns; i++)
        {
            double sign = Math.Sign(expected[i, i]) * Math.Sign(r[i * columns + i]);
            for (int j = i; j < columns; j++)
            {
                Assert.Equal(expected[i, j], sign * r[i * columns + j], tolerance);
            }
        }
    }

    [Fact]
    public void A_transposed_view_gives_bit_for_bit_what_the_transposed_copy_gives()
    {
        int rows = MatrixCase.Size(40, 6), columns = MatrixCase.Size(25, 4);
        float[] values = new MatrixCase(rows, columns, "gaussian", 0, 5).Build();
        var copy = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            copy[i % columns * rows + i / columns] = values[i];
        }

        float[] q = new float[columns * columns], scratch = new float[HouseholderQr.ScratchLength(columns, rows)];
        fixed (float* p = values, pq = q)
        {
            HouseholderQr.Factor(MatrixView.RowMajor(p, rows, columns).Transposed, pq, null, scratch);
        }

        Assert.Equal(Factor(copy, columns, rows).Q, q);
    }

    [Fact]
    public void A_NaN_is_refused_by_its_place_and_short_scratch_by_its_length()
    {
        var values = new float[12];
        values[7] = float.NaN;
        var error = Assert.Throws<ArgumentException>(() => Factor(values, 4, 3));
        Assert.Contains("NaN at (2, 1)", error.Message);
        values[7] = 1;
        Assert.Contains("ScratchLength", Assert.Throws<ArgumentException>(() => Factor(values, 4, 3, 20)).Message);
    }

    private static (float[] Q, float[] R) Factor(float[] values, int rows, int columns, int? scratchLength = null)
    {
        int k = Math.Min(rows, columns);
        float[] q = new float[rows * k], r = new float[k * columns], scratch = new float[scratchLength ?? HouseholderQr.ScratchLength(rows, columns)];
        fixed (float* a = values, pq = q, pr = r)
        {
            HouseholderQr.Factor(MatrixView.RowMajor(a, rows, columns), pq, pr, scratch);
        }

        return (q, r);
    }
}
