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

    /// <summary>A convolution with and without bias: the CPU's of rounded operands, within a share of the CPU's of magnitudes.</summary>
    public static void Convolution(OnDevice on, int[] image, int[] kernel, ConvolutionGeometry geometry)
    {
        var host = new OnDevice(Device.Host);
        int[] result = [image[0], kernel[0], geometry.OutputHeight(image[2], kernel[2]), geometry.OutputWidth(image[3], kernel[3])];
        float[] x = OnDevice.Numbers(Layout.RowMajor(image).Count, 1), w = OnDevice.Numbers(Layout.RowMajor(kernel).Count, 2), bias = OnDevice.Numbers(kernel[0], 3);
        View y = on.Empty(result), plain = on.Empty(result), rounded = host.Empty(result), sizes = host.Empty(result);
        on.Device.Convolve(on.Put(x, image), on.Put(w, kernel), on.Put(bias, kernel[0]), geometry, y);
        on.Device.Convolve(on.Put(x, image), on.Put(w, kernel), null, geometry, plain);
        float[] Rounded(float[] of) => [.. of.Select(value => (float)RoundedProduct.Round(on.Device.Precision, value))];
        host.Device.Convolve(host.Put(Rounded(x), image), host.Put(Rounded(w), kernel), null, geometry, rounded);
        host.Device.Convolve(host.Put([.. x.Select(Math.Abs)], image), host.Put([.. w.Select(Math.Abs)], kernel), null, geometry, sizes);
        float[] expected = host.Get(rounded), magnitude = host.Get(sizes), found = on.Get(plain), biased = on.Get(y);
        int pixels = result[2] * result[3];
        for (int i = 0; i < expected.Length; i++)
        {
            double tolerance = 2e-6 * (magnitude[i] + 1);
            Assert.True(Math.Abs(found[i] - expected[i]) <= tolerance, $"{on.Device.Name}, element {i}: expected {expected[i]}, found {found[i]}");
            Assert.True(Math.Abs(biased[i] - (expected[i] + bias[i / pixels % kernel[0]])) <= tolerance, $"{on.Device.Name}, element {i} with bias: found {biased[i]}");
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
