using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>Products and convolutions in a device's precision, compared with double precision on rounded operands (<see cref="RoundedProduct"/>).</summary>
internal static class TensorCoreCases
{
    /// <summary>A product, and one with factors, bias and rectifier; where asked for, one with an activation that the kernels do not know.</summary>
    /// <param name="on">The device.</param>
    /// <param name="m">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="k">Depth.</param>
    /// <param name="start">Element of their buffers at which the operands begin.</param>
    /// <param name="turnA">Whether the left operand lies column by column.</param>
    /// <param name="turnB">Whether the right operand lies column by column.</param>
    /// <param name="smooth">Whether to try another activation.</param>
    public static void Product(OnDevice on, int m, int n, int k, int start, bool turnA, bool turnB, bool smooth)
    {
        View a = Stored(on, 1, start, turnA, m, k), b = Stored(on, 2, start, turnB, k, n), bias = on.Random(4, n);
        View plain = on.Empty(m, n), rectified = on.Random(3, m, n), curved = on.Random(3, m, n);
        float[] old = on.Get(rectified), vector = on.Get(bias);
        on.Device.Gemm(a, b, plain, 1f, 0f, null);
        on.Device.Gemm(a, b, rectified, 0.5f, -2f, bias, default(ReluOp));
        if (smooth)
            on.Device.Gemm(a, b, curved, 0.5f, -2f, bias, default(TanhOp));
        string what = $"{on.Device.Precision.Name()}, [{m}, {k}]·[{k}, {n}]{(turnA ? " left transposed" : "")}{(turnB ? " right transposed" : "")}, from element {start}";
        var twin = new RoundedProduct(on.Device.Precision, on.Get(a), on.Get(b), (a.Layout, b.Layout), m, n, k);
        double Ended(double product, int i, int j) => (0.5 * product) - (2.0 * old[(i * n) + j]) + vector[j];
        twin.Check(on.Get(plain), (product, _, _) => product, 1, what);
        twin.Check(on.Get(rectified), (product, i, j) => Math.Max(0, Ended(product, i, j)), 0.5, $"{what}, rectified");
        if (smooth)
            twin.Check(on.Get(curved), (product, i, j) => Math.Tanh(Ended(product, i, j)), 0.5, $"{what}, tanh");
    }

    /// <summary>
    /// A convolution with and without bias, and both gradients, fresh and added to what is there: the CPU's of rounded operands, within float32's rounding of sums as large as
    /// the CPU's of magnitudes.
    /// </summary>
    public static void Convolution(OnDevice on, int[] image, int[] kernel, ConvolutionGeometry geometry)
    {
        int[] result = [image[0], kernel[0], geometry.OutputHeight(image[2], kernel[2]), geometry.OutputWidth(image[3], kernel[3])];
        float[] x = Numbers(image, 1), w = Numbers(kernel, 2), dy = Numbers(result, 3), bias = Numbers([kernel[0]], 4), dx = Numbers(image, 5), dw = Numbers(kernel, 6);
        int pixels = result[2] * result[3], taps = kernel[2] * kernel[3];
        Images all = new(image, kernel, result, geometry);
        Images.Passes found = all.Run(on, x, w, dy, bias, dx, dw), plain = all.Run(on, x, w, dy, null, null, null);
        float[] Rounded(float[] of) => [.. of.Select(value => (float)RoundedProduct.Round(on.Device.Precision, value))];
        float[] Magnitude(float[] of) => [.. of.Select(Math.Abs)];
        var host = new OnDevice(Device.Host);
        Images.Passes expected = all.Run(host, Rounded(x), Rounded(w), Rounded(dy), null, null, null);
        Images.Passes sizes = all.Run(host, Magnitude(x), Magnitude(w), Magnitude(dy), null, null, null);
        void Check(string what, float[] found, float[] expected, float[] magnitude, int depth, Func<int, float> added)
        {
            Assert.Equal(expected.Length, found.Length);
            for (int i = 0; i < expected.Length; i++)
            {
                double tolerance = ((depth / 8) + 32) * ProductPrecision.Fp32.UnitRoundoff() * (magnitude[i] + 1);
                Assert.True(
                    Math.Abs(found[i] - (expected[i] + added(i))) <= tolerance, $"{on.Device.Name}, {what}, element {i}: expected {expected[i] + added(i)}, found {found[i]}");
            }
        }

        int outputs = kernel[0] / geometry.Groups * taps;
        Check("result", plain.Y, expected.Y, sizes.Y, kernel[1] * taps, _ => 0f);
        Check("result with bias", found.Y, expected.Y, sizes.Y, kernel[1] * taps, i => bias[i / pixels % kernel[0]]);
        Check("image's gradient", plain.Dx, expected.Dx, sizes.Dx, outputs, _ => 0f);
        Check("image's gradient, added", found.Dx, expected.Dx, sizes.Dx, outputs, i => dx[i]);
        Check("weights' gradient", plain.Dw, expected.Dw, sizes.Dw, image[0] * pixels, _ => 0f);
        Check("weights' gradient, added", found.Dw, expected.Dw, sizes.Dw, image[0] * pixels, i => dw[i]);
    }

    private static float[] Numbers(int[] sizes, int seed) => OnDevice.Numbers(Layout.RowMajor(sizes).Count, seed);

    /// <summary>The three passes of a convolution.</summary>
    private sealed record Images(int[] Image, int[] Kernel, int[] Result, ConvolutionGeometry Geometry)
    {
        public readonly record struct Passes(float[] Y, float[] Dx, float[] Dw);

        /// <summary>Runs them; gradients are added to what is there where that is given.</summary>
        public Passes Run(OnDevice on, float[] x, float[] w, float[] dy, float[]? bias, float[]? dx, float[]? dw)
        {
            View image = on.Put(x, Image), weight = on.Put(w, Kernel), gradient = on.Put(dy, Result), y = on.Empty(Result);
            View ofImage = dx is null ? on.Empty(Image) : on.Put(dx, Image), ofWeight = dw is null ? on.Empty(Kernel) : on.Put(dw, Kernel);
            on.Device.Convolve(image, weight, bias is null ? null : on.Put(bias, Kernel[0]), Geometry, y);
            on.Device.ConvolveBackwardData(gradient, weight, Geometry, ofImage, dx is not null);
            on.Device.ConvolveBackwardWeight(gradient, image, Geometry, ofWeight, dw is not null);
            return new Passes(on.Get(y), on.Get(ofImage), on.Get(ofWeight));
        }
    }

    // a matrix that lies row by row or column by column, from an element on
    private static View Stored(OnDevice on, int seed, int start, bool turned, int rows, int columns)
    {
        View all = on.Random(seed, start + (rows * columns));
        return turned
            ? all.With(Layout.RowMajor([columns, rows], start).Transpose(0, 1))
            : all.With(Layout.RowMajor([rows, columns], start));
    }
}
