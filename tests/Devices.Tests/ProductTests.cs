using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>Matrix products and convolutions.</summary>
public class ProductTests
{
    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_product_of_any_shape_and_layout_agrees(string device)
    {
        var on = new OnDevice(device);
        foreach ((int m, int n, int k) in new[] { (1, 1, 1), (5, 7, 3), (64, 64, 16), (65, 130, 33), (3, 70, 100), (70, 1, 40), (4, 4, 0) })
        {
            foreach (bool turned in new[] { false, true })
            {
                on.SameAsCpu(d =>
                {
                    View a = turned ? Turned(d.Random(1, k, m)) : d.Random(1, m, k), b = turned ? Turned(d.Random(2, n, k)) : d.Random(2, k, n);
                    View c = d.Empty(m, n), mixed = d.Random(3, m, n);
                    d.Device.Gemm(a, b, c, 1f, 0f, null, default(IdentityOp));
                    d.Device.Gemm(a, b, mixed, 0.5f, -2f, d.Random(4, n), default(ReluOp));
                    return [d.Get(c), d.Get(mixed)];
                }, 1e-5, $"[{m}, {k}]·[{k}, {n}]{(turned ? " transposed" : "")}");
            }
        }
    }

    [Theory]
    [InlineData(128, 128, 128, 0)] // wide tiles, four at once
    [InlineData(160, 200, 264, 0)] // wide tiles in parts of the depth, edges
    [InlineData(129, 131, 257, 3)] // nothing is a multiple of four, nor begins at one
    [InlineData(20, 36, 600, 0)] // small tiles in parts
    [InlineData(10, 100, 784, 1)]
    public void Large_and_deep_products_agree_in_every_layout_and_are_the_same_every_time(int m, int n, int k, int start)
    {
        var on = new OnDevice("emulator");
        foreach ((bool turnA, bool turnB) in new[] { (false, false), (true, true), (false, true) })
        {
            on.SameAsCpu(d =>
            {
                View a = From(d, start, 1, turnA, m, k), b = From(d, start, 2, turnB, k, n), c = d.Random(3, m, n), again = d.Random(3, m, n), row = From(d, start, 4, false, 1, n);
                View bias = row.With(row.Layout.Select(0, 0));
                d.Device.Gemm(a, b, c, 0.5f, -2f, bias, default(ReluOp));
                d.Device.Gemm(a, b, again, 0.5f, -2f, bias, default(ReluOp));
                Assert.Equal(d.Get(c), d.Get(again));
                return [d.Get(c)];
            }, 1e-5, $"[{m}, {k}]·[{k}, {n}]{(turnA ? " left transposed" : "")}{(turnB ? " right transposed" : "")}, from element {start} on");
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_batch_of_products_agrees(string device) => new OnDevice(device).SameAsCpu(d =>
    {
        View a = d.Random(1, 3, 9, 20), b = d.Random(2, 3, 11, 20), c = d.Empty(3, 9, 11), rows = d.Empty(9, 3, 11);
        d.Device.Gemm(a, b.With(b.Layout.Transpose(1, 2)), c, 1f, 0f, null, default(IdentityOp));
        d.Device.Gemm(a, b.With(b.Layout.Transpose(1, 2)), rows.With(rows.Layout.Transpose(0, 1)), 1f, 0f, d.Random(4, 11), default(TanhOp));
        return [d.Get(c), d.Get(rows)];
    }, 1e-5, "batch");

    public static TheoryData<string, int[], int[], ConvolutionGeometry> Convolutions
    {
        get
        {
            var cases = new TheoryData<string, int[], int[], ConvolutionGeometry>();
            foreach (string device in DevicesFound.Names)
            {
                cases.Add(device, [2, 3, 8, 7], [5, 3, 3, 3], ConvolutionGeometry.Square(padding: 1));
                cases.Add(device, [2, 4, 9, 9], [6, 2, 3, 3], ConvolutionGeometry.Square(stride: 2, padding: 1, groups: 2));
                cases.Add(device, [1, 2, 7, 10], [3, 2, 2, 3], new ConvolutionGeometry(1, 2, 0, 2, 2, 1, 1));
                cases.Add(device, [3, 4, 5, 5], [4, 1, 3, 3], ConvolutionGeometry.Square(padding: 1, groups: 4));
                cases.Add(device, [2, 6, 6, 6], [9, 6, 1, 1], ConvolutionGeometry.Square(stride: 2));
                cases.Add(device, [1, 1, 8, 8], [2, 1, 4, 4], ConvolutionGeometry.Square(stride: 4));
            }

            // parts of the depth, wide tiles, planes of a multiple of four pixels
            cases.Add("emulator", [4, 16, 6, 6], [72, 16, 3, 3], ConvolutionGeometry.Square(padding: 1));

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void A_convolution_and_both_gradients_agree(string device, int[] image, int[] kernel, ConvolutionGeometry geometry) => new OnDevice(device).SameAsCpu(d =>
    {
        int[] result = [image[0], kernel[0], geometry.OutputHeight(image[2], kernel[2]), geometry.OutputWidth(image[3], kernel[3])];
        View x = d.Random(1, image), w = d.Random(2, kernel), y = d.Empty(result), plain = d.Empty(result), dy = d.Random(3, result);
        View dx = d.Empty(image), dxSum = d.Ones(image), dw = d.Empty(kernel), dwSum = d.Ones(kernel);
        d.Device.Convolve(x, w, d.Random(4, kernel[0]), geometry, y);
        d.Device.Convolve(x, w, null, geometry, plain);
        d.Device.ConvolveBackwardData(dy, w, geometry, dx, accumulate: false);
        d.Device.ConvolveBackwardData(dy, w, geometry, dxSum, accumulate: true);
        d.Device.ConvolveBackwardWeight(dy, x, geometry, dw, accumulate: false);
        d.Device.ConvolveBackwardWeight(dy, x, geometry, dwSum, accumulate: true);
        return [d.Get(y), d.Get(plain), d.Get(dx), d.Get(dxSum), d.Get(dw), d.Get(dwSum)];
    }, 1e-5, $"{Layout.Describe(image)} ⋆ {Layout.Describe(kernel)}, {geometry}");

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Sizes_that_do_not_fit_are_named(string device)
    {
        var on = new OnDevice(device);
        View two = on.Ones(2, 3), three = on.Ones(3, 3);
        Assert.Contains("does not make c", Assert.Throws<ArgumentException>(() => on.Device.Gemm(two, two, three, 1f, 0f, null, default(IdentityOp))).Message);
        Assert.Contains("expected images", Assert.Throws<ArgumentException>(() => on.Device.Convolve(two, two, null, ConvolutionGeometry.Square(), two)).Message);
    }

    // a matrix that begins at an element of its memory, row-major or column-major
    private static View From(OnDevice d, int start, int seed, bool turned, int rows, int columns)
    {
        View all = d.Random(seed, start + (rows * columns));
        Layout whole = turned ? Layout.RowMajor([columns, rows]).Transpose(0, 1) : Layout.RowMajor([rows, columns]);
        return all.With(whole.Shift(start));
    }

    private static View Turned(View view) => view.With(view.Layout.Transpose(0, 1));
}
