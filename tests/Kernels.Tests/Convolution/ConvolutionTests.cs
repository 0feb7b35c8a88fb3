using Engram.Kernels.Cpu;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.Convolutions;

public sealed class ConvolutionTests : IDisposable
{
    private readonly WorkSplitter _single = new(1);

    public static TheoryData<string> Kernels => ["forward", "data", "columns", "weight"];

    public void Dispose() => _single.Dispose();

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Generated_shapes_agree_with_the_reference(string kernel)
    {
        Prop.ForAll(Shapes().ToArbitrary(), shape =>
        {
            using var c = new ConvolutionCase(shape);
            c.Check(kernel, _single);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 8)));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void No_operand_is_read_or_written_beyond_its_ends(string kernel)
    {
        using var two = new WorkSplitter(2);
        Prop.ForAll(Narrow().ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (shape, atEnd) =>
        {
            using var c = new ConvolutionCase(shape, atEnd: atEnd);
            c.Check(kernel, _single);
            c.Check(kernel, two, both: false);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(80, 8)));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void The_shapes_of_networks_agree_with_the_reference(string kernel)
    {
        ConvolutionShape[] shapes = Tiny.On
            ? [Of(1, 2, 6, 6, 3, 3, 1, 1)]
            :
            [
                Of(2, 3, 32, 32, 20, 3, 1, 1), // the stem: few channels
                Of(2, 20, 32, 32, 20, 3, 1, 1), // a block is some rows of an image
                Of(3, 20, 32, 32, 40, 3, 2, 1),
                Of(3, 20, 32, 32, 40, 1, 2, 0), // a shortcut: image elements that no window sees
                Of(3, 40, 16, 16, 40, 3, 1, 1),
                Of(9, 80, 8, 8, 80, 3, 1, 1), // several images in a block
                Of(5, 50, 4, 4, 112, 3, 1, 1), // several blocks of channels, many outputs
                Of(5, 33, 8, 8, 100, 3, 2, 1),
                Of(40, 17, 4, 4, 19, 3, 1, 1),
                Of(2, 3, 28, 28, 40, 7, 7, 0), // patches of a mixer
                Of(1, 1, 84, 84, 4, 3, 2, 1),
                Of(3, 130, 4, 4, 9, 1, 1, 0), // no stage is needed for 1x1
                Of(9, 3, 32, 32, 21, 3, 1, 1), // few weights under a long grid: their gradient is summed in stretches, of rows
                Of(33, 3, 16, 16, 10, 3, 1, 1), // of images
                new(9, 4, 32, 31, 6, 3, 3, ConvolutionGeometry.Square(1, 1, 1, 2)),
            ];
        foreach (ConvolutionShape shape in shapes)
        {
            using var c = new ConvolutionCase(shape);
            c.Check(kernel, _single, both: shape.Batch > 8 && kernel == "weight");
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Corners_of_the_geometry_agree_with_the_reference(string kernel)
    {
        ConvolutionShape[] shapes =
        [
            new(2, 2, 1, 1, 3, 5, 5, ConvolutionGeometry.Square(1, 2)), // kernel larger than the image, one pixel
            new(2, 1, 2, 3, 1, 7, 4, new(1, 1, 5, 3, 1, 1, 1)),
            new(1, 3, 7, 5, 2, 7, 5, ConvolutionGeometry.Square()), // one-pixel output without padding
            new(1, 2, 9, 4, 2, 3, 2, new(3, 1, 0, 0, 2, 3, 1)), // dilated
            new(2, 2, 5, 6, 2, 3, 3, ConvolutionGeometry.Square(2, 2, 2)), // stride and dilation share a factor: only one remainder is used
            new(1, 2, 11, 10, 4, 3, 3, ConvolutionGeometry.Square(4, 1, 3, 2)),
            new(1, 1, 4, 4, 1, 1, 1, ConvolutionGeometry.Square(5)), // stride beyond the image
            new(3, 1, 3, 40, 2, 1, 9, new(1, 2, 0, 4, 1, 1, 1)), // one axis only
            new(1, 6, 5, 5, 6, 3, 3, ConvolutionGeometry.Square(1, 1, 1, 6)), // depthwise
            new(2, 4, 6, 7, 8, 3, 3, ConvolutionGeometry.Square(2, 1, 1, 4)), // depthwise, two outputs per channel
            new(1, 1, 1, 1, 1, 1, 1, ConvolutionGeometry.Square(1, 3)), // mostly padding
            new(4, 8, 9, 1, 7, 2, 2, new(1, 2, 0, 2, 2, 3, 1)), // one column, of which the stride leaves out the neighbours
            new(2, 3, 9, 9, 8, 3, 3, ConvolutionGeometry.Square(2, 1)), // odd planes: the last element of a line has no neighbour
            new(2, 16, 17, 18, 5, 3, 3, ConvolutionGeometry.Square(2, 1)),
            new(0, 3, 4, 4, 2, 3, 3, ConvolutionGeometry.Square(1, 1)), // no image
        ];
        foreach (ConvolutionShape shape in shapes)
        {
            using var c = new ConvolutionCase(shape);
            c.Check(kernel, _single);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void The_number_of_threads_changes_no_bit(string kernel)
    {
        using WorkSplitter two = new(2), three = new(3);
        ConvolutionShape[] shapes = Tiny.On
            ? [Of(2, 4, 6, 6, 5, 3, 1, 1), Of(2, 4, 6, 6, 5, 3, 2, 1)]
            : [Of(10, 24, 8, 8, 40, 3, 1, 1), Of(3, 20, 32, 32, 20, 3, 2, 1), Of(10, 40, 16, 16, 24, 3, 2, 1), Of(9, 20, 33, 33, 40, 1, 2, 0),
                Of(5, 48, 8, 8, 96, 3, 2, 1), Of(2, 30, 16, 16, 97, 3, 1, 1), Of(1, 150, 4, 4, 160, 3, 1, 1),
                new(4, 12, 16, 16, 12, 3, 3, ConvolutionGeometry.Square(1, 1, 1, 3)), new(4, 40, 16, 16, 40, 3, 3, ConvolutionGeometry.Square(1, 1, 1, 40)),
                Of(9, 3, 32, 32, 21, 3, 1, 1), new(33, 4, 16, 17, 6, 3, 3, ConvolutionGeometry.Square(1, 1, 1, 2))];
        foreach (ConvolutionShape shape in shapes)
        {
            using var c = new ConvolutionCase(shape);
            foreach (GemmRung rung in Enum.GetValues<GemmRung>())
            {
                float[] expected = c.Run(kernel, GemmPlan.For(rung), true, _single);
                foreach (WorkSplitter splitter in new[] { two, three })
                    Assert.True(expected.AsSpan().SequenceEqual(c.Run(kernel, GemmPlan.For(rung), true, splitter)), $"{splitter.Threads} threads changed {kernel} of {shape} on {rung}");
            }
        }
    }

    [Fact]
    public void A_large_batch_agrees_with_the_same_images_one_by_one()
    {
        // sums over channels and taps do not know of other images
        ConvolutionShape all = Of(Tiny.Of(70, 5), 6, 6, 6, 9, 3, 1, 1);
        using var c = new ConvolutionCase(all);
        float[] expected = c.Run("forward", GemmPlan.Native, true, _single);
        ConvolutionShape one = all with { Batch = 1 };
        var alone = new float[one.Outputs * one.OutputHeight * one.OutputWidth];
        for (int n = 0; n < all.Batch; n++)
        {
            unsafe
            {
                fixed (float* y = alone)
                    Cpu.Convolution.Forward(GemmPlan.Native, one, c.X + n * one.Channels * one.Height * one.Width, c.Weight, c.Bias, y, _single);
            }
            Assert.True(alone.AsSpan().SequenceEqual(expected.AsSpan(n * alone.Length, alone.Length)), $"image {n}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Few_images_under_many_weights_agree_with_the_reference(int stride)
    {
        ConvolutionShape shape = Of(Tiny.Of(2, 1), 150, 4, 4, 170, 3, stride, 1), many = shape with { Batch = 9 };
        Assert.True(ColumnGradient.Pays(shape) && !Winograd.Pays(shape));
        Assert.Equal(stride > 1, ColumnGradient.Pays(many));
        using var c = new ConvolutionCase(shape);
        c.Check("data", _single, both: false);
    }

    private static ConvolutionShape Of(int batch, int channels, int height, int width, int outputs, int kernel, int stride, int padding) =>
        new(batch, channels, height, width, outputs, kernel, kernel, ConvolutionGeometry.Square(stride, padding));

    private static Gen<ConvolutionShape> Shapes() => Shapes(Gen.Choose(1, Tiny.Of(19, 7)), Gen.Choose(1, Tiny.Of(37, 7)), 3);

    // one line, one column, and what strides leave of them
    private static Gen<ConvolutionShape> Narrow()
    {
        Gen<int> extent = Gen.Frequency((2, Gen.Constant(1)), (1, Gen.Choose(2, 5)), (2, Gen.Choose(6, Tiny.Of(37, 8))));
        return Shapes(extent, extent, 4);
    }

    private static Gen<ConvolutionShape> Shapes(Gen<int> heights, Gen<int> widths, int largestStride) =>
        from batch in Gen.Choose(1, 4)
        from groups in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(2, 3)))
        from channels in Gen.Choose(1, Tiny.Of(9, 2))
        from outputs in Gen.Choose(1, Tiny.Of(17, 3))
        from height in heights
        from width in widths
        from kernelHeight in Gen.Choose(1, 5)
        from kernelWidth in Gen.Choose(1, 5)
        from strides in Gen.Two(Gen.Choose(1, largestStride))
        from paddings in Gen.Two(Gen.Choose(0, 4))
        from dilations in Gen.Two(Gen.Choose(1, 3))
        let shape = new ConvolutionShape(batch, groups * channels, height, width, groups * outputs, kernelHeight, kernelWidth,
            new ConvolutionGeometry(strides.Item1, strides.Item2, paddings.Item1, paddings.Item2, dilations.Item1, dilations.Item2, groups))
        where shape.OutputHeight > 0 && shape.OutputWidth > 0
        select shape;
}
