using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.Simt;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Devices.Tests;

/// <summary>
/// Products and convolutions on tensor cores, without a GPU: the device's host code runs on the emulator, the kernels once as C compiled for the CPU (<see cref="CompiledCores"/>)
/// and once as the PTX text itself (<see cref="PtxCores"/>). Expected values are double-precision products of operands that were rounded as the precision says.
/// </summary>
public class TensorCoreTests
{
    public static TheoryData<string, string> Cores => new() { { "c", "tf32" }, { "c", "bf16" }, { "ptx", "tf32" }, { "ptx", "bf16" } };

    [SkippableTheory]
    [MemberData(nameof(Cores))]
    public void Products_agree_in_every_shape_and_layout(string cores, string precision)
    {
        foreach ((int m, int n, int k, int start) in new[] { (16, 16, 16, 0), (128, 128, 32, 0), (128, 64, 96, 0), (17, 150, 33, 0), (131, 20, 70, 1), (40, 132, 101, 3) })
        {
            for (int turned = 0; turned < 4; turned++)
                Product(cores, precision, m, n, k, start, (turned & 1) != 0, (turned & 2) != 0, falling: turned == 1);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cores))]
    public void Deep_products_of_few_tiles_are_cut_into_parts_and_added_up(string cores, string precision)
    {
        EmulatedCores ran = Product(cores, precision, 20, 36, 600, 0, false, true, falling: false);
        Assert.True(ran.Last.Parts > 1 && ran.Last.PartDepth % 32 == 0, $"{ran.Last.Parts} parts of {ran.Last.PartDepth}");
        Product(cores, precision, 130, 33, 290, 1, true, false, falling: true);
    }

    [SkippableTheory]
    [MemberData(nameof(Cores))]
    public void A_batch_and_steps_of_any_kind_agree(string kind, string precision)
    {
        EmulatedCores cores = Create(kind, precision);
        using var device = new EmulatorDevice(tensorCores: cores);
        var on = new OnDevice(device);
        const int batch = 3, m = 20, n = 24, k = 36;
        View a = on.Random(1, batch, m, k), b = on.Random(2, batch, n, k), rows = on.Empty(m, batch, n), sparse = on.Random(3, 2 * m * k), c = on.Empty(m, n);

        // batches that lie between one another, and an operand no direction of which is contiguous
        device.Gemm(a, b.With(b.Layout.Transpose(1, 2)), rows.With(rows.Layout.Transpose(0, 1)), 1f, 0f, null, default(ReluOp));
        View every = sparse.With(Layout.RowMajor([m, k, 2]).Select(2, 1)), right = b.With(b.Layout.Select(0, 2).Transpose(0, 1));
        device.Gemm(every, right, c, 1f, 0f, null);
        Assert.Equal(["product_depth_depth", "product_depth_depth"], cores.Launched);
        float[] left = on.Get(a), found = on.Get(rows);
        for (int i = 0; i < batch; i++)
        {
            var twin = new RoundedProduct(cores.Precision, left, on.Get(b), (a.Layout.Select(0, i), b.Layout.Select(0, i).Transpose(0, 1)), m, n, k);
            float[] part = [.. Enumerable.Range(0, m * n).Select(e => found[(((e / n * batch) + i) * n) + (e % n)])];
            twin.Check(part, (product, _, _) => Math.Max(0, product), 1, $"{precision}, batch {i}");
        }

        new RoundedProduct(cores.Precision, on.Get(every), on.Get(right), (every.Layout, right.Layout), m, n, k).Check(on.Get(c), (product, _, _) => product, 1, $"{precision}, every other");
    }

    public static TheoryData<string, string, int[], int[], ConvolutionGeometry> Convolutions
    {
        get
        {
            var cases = new TheoryData<string, string, int[], int[], ConvolutionGeometry>();
            foreach ((string cores, string precision) in new[] { ("c", "tf32"), ("c", "bf16"), ("ptx", "tf32"), ("ptx", "bf16") })
            {
                cases.Add(cores, precision, [2, 16, 8, 8], [16, 16, 3, 3], ConvolutionGeometry.Square(padding: 1)); // planes of a multiple of four pixels
                cases.Add(cores, precision, [2, 34, 9, 7], [34, 17, 3, 3], ConvolutionGeometry.Square(stride: 2, padding: 1, groups: 2));
                cases.Add(cores, precision, [1, 16, 7, 10], [17, 16, 2, 3], new ConvolutionGeometry(1, 2, 0, 2, 2, 1, 1));
                cases.Add(cores, precision, [1, 18, 9, 11], [16, 18, 3, 2], new ConvolutionGeometry(3, 2, 2, 1, 1, 2, 1));
                cases.Add(cores, precision, [3, 20, 6, 6], [33, 20, 1, 1], ConvolutionGeometry.Square(stride: 2));
                cases.Add(cores, precision, [17, 16, 3, 3], [16, 16, 3, 3], ConvolutionGeometry.Square()); // one output pixel: a chunk of four spans as many images
                cases.Add(cores, precision, [2, 40, 5, 5], [20, 40, 3, 3], ConvolutionGeometry.Square(padding: 1)); // parts of the depth
                cases.Add(cores, precision, [1, 16, 6, 7], [16, 16, 4, 5], ConvolutionGeometry.Square(padding: 3)); // more taps than lines of a step
                cases.Add(cores, precision, [3, 16, 12, 12], [130, 16, 3, 3], ConvolutionGeometry.Square()); // more than a tile both ways
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Convolutions))]
    public void Convolutions_agree(string kind, string precision, int[] image, int[] kernel, ConvolutionGeometry geometry)
    {
        EmulatedCores cores = Create(kind, precision);
        using var device = new EmulatorDevice(tensorCores: cores);
        TensorCoreCases.Convolution(new OnDevice(device), image, kernel, geometry);
        string gradient = geometry is { StrideHeight: 1, StrideWidth: 1 } ? "convolution" : "convolution_image";
        Assert.Equal(["convolution", gradient, "convolution_weight", "convolution", gradient, "convolution_weight"], cores.Launched);
    }

    // as many images and output pixels as fill a group's slices, and channels as fill its lines: an edge of everything
    [SkippableTheory]
    [MemberData(nameof(Cores))]
    public void Gradients_of_any_convolution_agree(string kind, string precision) => Prop.ForAll(Shapes(), shape =>
    {
        using var device = new EmulatorDevice(tensorCores: Create(kind, precision));
        TensorCoreCases.Convolution(new OnDevice(device), shape.Image, shape.Kernel, shape.Geometry);
        return device.ProductCounts!.Value.TensorCores == 6;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(8));

    [Fact]
    public void What_stays_in_float32_is_counted()
    {
        EmulatedCores cores = Create("ptx", "tf32");
        using var device = new EmulatorDevice(tensorCores: cores);
        var on = new OnDevice(device);
        Assert.Equal((ProductPrecision.Tf32, new ProductCounts()), (device.Precision, device.ProductCounts));
        device.Gemm(on.Random(1, 16, 16), on.Random(2, 16, 16), on.Empty(16, 16), 1f, 0f, null);
        device.Gemm(on.Random(1, 15, 16), on.Random(2, 16, 16), on.Empty(15, 16), 1f, 0f, null);
        View x = on.Random(3, 1, 4, 6, 6), w = on.Random(4, 16, 4, 3, 3), y = on.Ones(1, 16, 4, 4); // the image has four channels: rows of its gradient's product
        device.ConvolveBackwardData(y, w, ConvolutionGeometry.Square(), x, false);
        device.ConvolveBackwardWeight(y, x, ConvolutionGeometry.Square(), w, false);
        Assert.Equal(new ProductCounts(2, 2, 0), device.ProductCounts);

        // decompositions promise float32's accuracy
        device.TruncatedSvd(on.Random(1, 40, 36), new RandomizedSvdOptions(16) { Path = SvdPath.Sketch, PowerIterations = 1 }, on.Empty(40, 16), on.Empty(16), on.Empty(16, 36));
        Assert.Equal(new ProductCounts(2, 2, 0), device.ProductCounts);
        Assert.Equal(["product_depth_lines", "convolution_weight"], cores.Launched);
        Assert.Equal("2 products on tensor cores, 2 in fp32 (2 with rows, columns or depth below 16, 0 beyond the grid)", device.ProductCounts.ToString());
    }

    [Fact]
    public void A_device_that_was_not_asked_counts_nothing_and_has_no_other_precision()
    {
        using var device = new EmulatorDevice();
        Assert.Equal((ProductPrecision.Fp32, null), (device.Precision, device.ProductCounts));
        Assert.Equal((ProductPrecision.Fp32, null), (Device.Host.Precision, Device.Host.ProductCounts));
        Assert.Equal(ProductPrecision.Fp32, new DeviceOptions().Precision);
        Assert.Contains("there is no 'half'; there are fp32, tf32, bf16", Assert.Throws<FormatException>(() => ProductPrecisions.Parse("half")).Message);
        Assert.All(Enum.GetValues<ProductPrecision>(), precision => Assert.Equal(precision, ProductPrecisions.Parse(precision.Name())));
    }

    private static EmulatedCores Product(string kind, string precision, int m, int n, int k, int start, bool turnA, bool turnB, bool falling)
    {
        EmulatedCores cores = Create(kind, precision, falling);
        using var device = new EmulatorDevice(tensorCores: cores);
        TensorCoreCases.Product(new OnDevice(device), m, n, k, start, turnA, turnB, smooth: falling);
        string kernel = $"product_{(turnA ? "lines" : "depth")}_{(turnB ? "depth" : "lines")}";
        Assert.All(cores.Launched, launched => Assert.Equal(kernel, launched));
        Assert.Equal(falling ? 3 : 2, cores.Launched.Count);
        return cores;
    }

    private static Arbitrary<(int[] Image, int[] Kernel, ConvolutionGeometry Geometry)> Shapes() => Arb.From(
        from groups in Gen.Choose(1, 2)
        from inputs in Gen.Choose(16, 20)
        from outputs in Gen.Choose(16, 20)
        from images in Gen.Choose(1, 4)
        from kernel in Gen.Two(Gen.Choose(1, 4))
        from stride in Gen.Two(Gen.Choose(1, 3))
        from dilation in Gen.Two(Gen.Choose(1, 2))
        from padding in Gen.Two(Gen.Choose(0, 3))
        from size in Gen.Two(Gen.Choose(4, 7))
        let geometry = new ConvolutionGeometry(stride.Item1, stride.Item2, padding.Item1, padding.Item2, dilation.Item1, dilation.Item2, groups)
        let height = Math.Max(size.Item1, ((kernel.Item1 - 1) * dilation.Item1) + 1)
        let width = Math.Max(size.Item2, ((kernel.Item2 - 1) * dilation.Item2) + 1)
        where images * geometry.OutputHeight(height, kernel.Item1) * geometry.OutputWidth(width, kernel.Item2) >= 16
        select (new[] { images, groups * inputs, height, width }, new[] { groups * outputs, inputs, kernel.Item1, kernel.Item2 }, geometry));

    private static EmulatedCores Create(string kind, string precision, bool falling = false) => kind == "c"
        ? CompiledCores.Create(ProductPrecisions.Parse(precision), falling)
        : new PtxCores(ProductPrecisions.Parse(precision));
}
