using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Kernels.Tests.LinearAlgebra;

/// <summary>Matrices whose columns are zero throughout here and there: what the Krylov space leaves out, and that nobody can tell.</summary>
public sealed unsafe class ZeroColumnsTests
{
    private static readonly int Rows = MatrixCase.Size(190, 150), Columns = MatrixCase.Size(260, 200), Rank = 6;

    public static TheoryData<string> Patterns => ["border", "runs", "scattered", "single", "few", "none", "last"];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Singular_vectors_are_exact_zeros_there_and_the_error_stays_the_least(string pattern)
    {
        bool[] kept = Kept(pattern);
        float[] values = Build(kept), turned = Transposed(values, Rows, Columns);
        double[,] a = TestMatrix.Wide(values, Rows, Columns);
        double least = Math.Sqrt(TestMatrix.SingularValues(a).Skip(Rank).Sum(x => x * x));
        foreach (bool transposed in new[] { false, true })
        {
            (float[] u, float[] s, float[] vt) = transposed ? Decompose(turned, Columns, Rows, lying: true) : Decompose(values, Rows, Columns, lying: false);
            double[,] product = ReferenceMatrix.Multiply(TestMatrix.Scaled(TestMatrix.Wide(u, transposed ? Columns : Rows, Rank), s), TestMatrix.Wide(vt, Rank, transposed ? Rows : Columns));
            double error = ReferenceMatrix.Distance(transposed ? ReferenceMatrix.Transpose(product) : product, a);
            Assert.True(error <= 1.0005 * least, $"{pattern}, transposed {transposed}: {error} against {least}");
            double tolerance = TestMatrix.Tolerance(Rows, Columns) * Math.Sqrt(Rank);
            Assert.True(TestMatrix.Skewness(TestMatrix.Wide(u, transposed ? Columns : Rows, Rank), Rank) <= tolerance);
            Assert.True(TestMatrix.Skewness(ReferenceMatrix.Transpose(TestMatrix.Wide(vt, Rank, transposed ? Rows : Columns)), Rank) <= tolerance);
            for (int j = 0; j < Columns; j++)
            {
                for (int k = 0; k < Rank && !kept[j]; k++)
                    Assert.Equal(0f, At(j, k));
            }

            float At(int column, int k) => transposed ? u[column * Rank + k] : vt[k * Columns + column];
        }
    }

    [Theory]
    [InlineData("border")]
    [InlineData("runs")]
    public void The_rest_is_decomposed_as_if_it_stood_alone_bit_for_bit(string pattern)
    {
        bool[] kept = Kept(pattern);
        float[] values = Build(kept);
        int[] columns = [.. Enumerable.Range(0, Columns).Where(j => kept[j])];
        float[] alone = [.. Enumerable.Range(0, Rows).SelectMany(i => columns.Select(j => values[i * Columns + j]))];
        (float[] u, float[] s, float[] vt) = Decompose(values, Rows, Columns, lying: false);
        (float[] expectedU, float[] expectedS, float[] expectedVt) = Decompose(alone, Rows, columns.Length, lying: false);
        Assert.Equal(expectedU, u);
        Assert.Equal(expectedS, s);
        for (int k = 0; k < Rank; k++)
            Assert.Equal(expectedVt[(k * columns.Length)..((k + 1) * columns.Length)], columns.Select(j => vt[k * Columns + j]));
    }

    [Fact]
    public void An_entry_that_is_not_finite_is_found_in_the_last_row_of_an_empty_column()
    {
        float[] values = Build(Kept("border"));
        values[(Rows - 1) * Columns + 3] = float.NaN;
        Assert.Contains($"({Rows - 1}, 3)", Assert.Throws<ArgumentException>(() => Decompose(values, Rows, Columns, lying: false)).Message);
    }

    [Fact]
    public void A_column_that_is_occupied_in_the_last_row_alone_counts()
    {
        float[] values = Build(Kept("border"));
        values[(Rows - 1) * Columns + 3] = 1e6f;
        (float[] _, float[] s, float[] vt) = Decompose(values, Rows, Columns, lying: false);
        Assert.Equal(1e6f, s[0], 1e3f);
        Assert.Equal(1, Math.Abs(vt[3]), 1e-3f);
    }

    // which columns are not zero
    private static bool[] Kept(string pattern)
    {
        var random = new Random(11);
        bool[] scattered = [.. Enumerable.Range(0, Columns).Select(_ => random.NextDouble() < 0.7)];
        return [.. Enumerable.Range(0, Columns).Select(j => pattern switch
        {
            "border" => j >= 17 && j < Columns - 33,
            "runs" => j % 40 < 33,
            "scattered" => scattered[j],
            "single" => j % 9 < 7,
            "few" => j % 4 == 0,
            "last" => j >= 45,
            _ => true,
        })];
    }

    // a decaying spectrum; every other empty column is of negative zeros
    private static float[] Build(bool[] kept)
    {
        var random = new Random(5);
        double[,] left = TestMatrix.Gaussian(random, Rows, 40), right = TestMatrix.Gaussian(random, 40, Columns);
        var values = new float[Rows * Columns];
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < 40; k++)
                    sum += left[i, k] * right[k, j] / (1 + k);
                values[i * Columns + j] = kept[j] ? (float)sum : j % 2 == 0 ? 0f : -0f;
            }
        }

        return values;
    }

    // lying: the matrix is passed as the transposed view of its transpose, so that the rows that are contiguous are the same
    private static (float[] U, float[] S, float[] Vt) Decompose(float[] values, int rows, int columns, bool lying)
    {
        var options = new RandomizedSvdOptions(Rank) { Path = SvdPath.Sketch };
        float[] u = new float[rows * Rank], alone = new float[rows * Rank], s = new float[Rank], vt = new float[Rank * columns];
        var scratch = new float[RandomizedSvd.ScratchLength(rows, columns, options)];
        fixed (float* source = lying ? Transposed(values, rows, columns) : values, pu = u, pa = alone, ps = s, pv = vt)
        {
            MatrixView view = lying ? MatrixView.RowMajor(source, columns, rows).Transposed : MatrixView.RowMajor(source, rows, columns);
            Assert.Equal(SvdPath.Sketch, RandomizedSvd.Decompose(view, options, pa, ps, null, scratch).Path);
            RandomizedSvd.Decompose(view, options, pu, ps, pv, scratch);
        }

        Assert.Equal(u, alone);
        return (u, s, vt);
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                turned[j * rows + i] = values[i * columns + j];
        }

        return turned;
    }
}
