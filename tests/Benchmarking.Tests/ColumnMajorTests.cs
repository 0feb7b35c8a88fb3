using Engram.Benchmarking.Families;
using Engram.Kernels;

namespace Engram.Benchmarking.Tests;

/// <summary>Our products as libraries see them that lay matrices out by columns.</summary>
public class ColumnMajorTests
{
    private const double MostMultiplies = 1 << 21;

    public static TheoryData<string> Shapes => [.. GemmShape.All.Where(s => (double)s.Batch * s.M * s.N * s.K <= MostMultiplies).Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_family_s_products_are_right_by_columns(string name)
    {
        GemmShape s = GemmShape.All.First(shape => shape.Name == name);
        Agree(s.Batch, s.M, s.N, s.K, s.TransA, s.TransB, offset: 0);
    }

    [Theory]
    [InlineData(1, 5, 7, 3)]
    [InlineData(3, 5, 7, 4)]
    [InlineData(1, 1, 6, 5)]
    [InlineData(1, 6, 1, 5)]
    [InlineData(1, 6, 5, 1)]
    [InlineData(2, 1, 1, 1)]
    public void Every_transposition_offset_and_degenerate_size_is_right_by_columns(int batch, int m, int n, int k)
    {
        for (int turned = 0; turned < 4; turned++)
        {
            Agree(batch, m, n, k, (turned & 1) != 0, (turned & 2) != 0, offset: 0);
            Agree(batch, m, n, k, (turned & 1) != 0, (turned & 2) != 0, offset: 3);
        }
    }

    [Fact]
    public void A_side_whose_rows_are_longer_than_the_matrix_keeps_its_leading_dimension()
    {
        using Workspace workspace = new(Device.Host, 1);
        View wide = workspace.Uniform(1, 4, 9), b = workspace.Uniform(2, 5, 3), c = workspace.Empty(4, 3);
        View a = wide.With(wide.Layout.Slice(1, 2, 5));
        BlasProduct product = ColumnMajor.Product(a, b, c);
        Assert.Equal((3, 4, 5, 1), (product.M, product.N, product.K, product.Batch));
        Assert.Equal((9, 2, false), (product.B.LeadingDimension, product.B.Start, product.B.IsTransposed));
        Assert.Throws<ArgumentException>(() => ColumnMajor.Product(a, b, workspace.Empty(3, 4).With(Layout.RowMajor([3, 4]).Transpose(0, 1))));
    }

    private static void Agree(int batch, int m, int n, int k, bool turnedA, bool turnedB, int offset)
    {
        using Workspace workspace = new(Device.Host, 1);
        View a = Operand(workspace, 1, batch, m, k, turnedA, offset), b = Operand(workspace, 2, batch, k, n, turnedB, offset);
        View c = Operand(workspace, 3, batch, m, n, false, offset);
        Device.Host.Gemm(a, b, c, 1, 0, null);
        float[] expected = Elements(workspace, c);
        Device.Host.Upload<float>(new float[c.Buffer.Length], c.Buffer, 0);
        using (PlainBlas blas = new(Device.Host))
            blas.Sgemm(ColumnMajor.Product(a, b, c));
        float[] found = Elements(workspace, c);
        Assert.All(found[..offset], before => Assert.Equal(0, before));
        for (int i = offset; i < found.Length; i++)
            Assert.Equal(expected[i], found[i], workspace.ProductTolerance(k));
    }

    private static float[] Elements(Workspace workspace, in View view) => workspace.Host(new View(view.Buffer, Layout.RowMajor([view.Buffer.Length])));

    private static View Operand(Workspace workspace, int seed, int batch, int rows, int columns, bool turned, int offset)
    {
        (int outer, int inner) = turned ? (columns, rows) : (rows, columns);
        View memory = workspace.Uniform(seed, batch * outer * inner + offset);
        Layout layout = batch > 1 ? Layout.RowMajor([batch, outer, inner], offset) : Layout.RowMajor([outer, inner], offset);
        return memory.With(turned ? layout.Transpose(-2, -1) : layout);
    }
}
