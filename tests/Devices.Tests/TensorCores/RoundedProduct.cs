using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>A product of matrices in double precision, of operands rounded to TF32 or bfloat16 and of the operands as they are: what a tensor core kernel must come close to.</summary>
internal sealed class RoundedProduct
{
    private readonly int _rows, _columns;
    private readonly double[] _rounded, _exact, _magnitude;
    private readonly double _roundoff, _sums;

    public RoundedProduct(ProductPrecision precision, float[] a, float[] b, (Layout A, Layout B) layouts, int rows, int columns, int depth)
    {
        (_rows, _columns) = (rows, columns);
        (_rounded, _exact, _magnitude) = (new double[rows * columns], new double[rows * columns], new double[rows * columns]);
        _roundoff = precision.UnitRoundoff();
        _sums = (depth / 8 + 16) * ProductPrecision.Fp32.UnitRoundoff();
        double[] roundedA = [.. a.Select(x => Round(precision, x))], roundedB = [.. b.Select(x => Round(precision, x))];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int p = 0; p < depth; p++)
                {
                    int left = At(layouts.A, i, p), right = At(layouts.B, p, j);
                    _rounded[(i * columns) + j] += roundedA[left] * roundedB[right];
                    _exact[(i * columns) + j] += (double)a[left] * b[right];
                    _magnitude[(i * columns) + j] += Math.Abs((double)a[left] * b[right]);
                }
            }
        }
    }

    /// <summary>The nearest number of the precision: TF32 rounds ties away from zero, bfloat16 to even.</summary>
    public static double Round(ProductPrecision precision, float x)
    {
        if (x == 0f)
            return 0;
        int bits = precision == ProductPrecision.Tf32 ? 11 : 8;
        double step = Math.ScaleB(1, Math.ILogB(x) - bits + 1);
        return Math.Round(x / step, precision == ProductPrecision.Tf32 ? MidpointRounding.AwayFromZero : MidpointRounding.ToEven) * step;
    }

    /// <summary>
    /// Compares with what becomes of the product: within float32's rounding of sums for rounded operands, and within two roundings of the operands for exact ones.
    /// </summary>
    /// <param name="found">[rows, columns].</param>
    /// <param name="ending">What is made of a product at a row and column; changes by at most <paramref name="slope"/> times the product's change.</param>
    /// <param name="slope">See there.</param>
    /// <param name="what">Named in a failure.</param>
    public void Check(float[] found, Func<double, int, int, double> ending, double slope, string what)
    {
        for (int i = 0; i < _rows; i++)
        {
            for (int j = 0; j < _columns; j++)
            {
                int at = (i * _columns) + j;
                double rounded = ending(_rounded[at], i, j), exact = ending(_exact[at], i, j);
                double sums = (slope * _sums * _magnitude[at]) + (16 * ProductPrecision.Fp32.UnitRoundoff() * Math.Max(1, Math.Abs(rounded)));
                double operands = sums + (slope * _roundoff * (2 + _roundoff) * _magnitude[at]);
                Assert.True(Math.Abs(found[at] - rounded) <= sums, $"{what}, [{i}, {j}]: expected {rounded:R} of rounded operands, found {found[at]:R}, tolerance {sums:E2}");
                Assert.True(Math.Abs(found[at] - exact) <= operands, $"{what}, [{i}, {j}]: expected {exact:R}, found {found[at]:R}, tolerance {operands:E2}");
            }
        }
    }

    private static int At(Layout layout, int row, int column) => layout.Offset + (row * layout.Stride(0)) + (column * layout.Stride(1));
}
