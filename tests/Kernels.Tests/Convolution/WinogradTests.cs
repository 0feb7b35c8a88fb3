using Engram.Kernels.Cpu;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.Convolutions;

/// <summary>3×3 convolutions of stride 1 and 2 by Winograd's algorithm, whatever their size.</summary>
public sealed class WinogradTests : IDisposable
{
    private readonly WorkSplitter _single = new(1);

    public static TheoryData<string> Kernels => ["winograd forward", "winograd data", "winograd weight"];

    public void Dispose() => _single.Dispose();

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Generated_shapes_agree_with_the_reference(string kernel)
    {
        Prop.ForAll(Shapes(Tiny.Of(37, 7)).ToArbitrary(), shape =>
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
        Prop.ForAll(Shapes(Tiny.Of(19, 6)).ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (shape, atEnd) =>
        {
            using var c = new ConvolutionCase(shape, atEnd: atEnd);
            c.Check(kernel, _single);
            c.Check(kernel, two, both: false);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 8)));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Lines_of_every_width_and_counts_beside_the_tiles_agree_with_the_reference(string kernel)
    {
        ConvolutionShape[] shapes = Tiny.On
            ? WithStrides(Of(1, 3, 5, 4, 3, 1))
            : WithStrides(
                Of(2, 64, 32, 32, 64, 1), // a block is three lines of tiles
                Of(1, 17, 3, 131, 19, 1), // a line is several panels
                Of(1, 20, 3, 67, 9, 2),
                Of(30, 33, 4, 4, 49, 1), // a block has many images
                Of(3, 530, 5, 5, 18, 0), // channels of two blocks of sums
                Of(7, 16, 1, 1, 16, 1), // one result of a tile
                Of(2, 16, 1, 9, 16, 2),
                Of(5, 97, 7, 9, 31, 1),
                Of(1, 16, 6, 6, 16, 0), // with stride 2: a column that no window sees
                Of(3, 16, 62, 30, 16, 1),
                Of(0, 16, 8, 8, 16, 1)); // no image
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
            ? WithStrides(Of(2, 4, 6, 6, 5, 1))
            : WithStrides(Of(10, 24, 8, 8, 40, 1), Of(2, 30, 16, 16, 97, 1), Of(1, 150, 4, 4, 160, 1), Of(3, 20, 33, 31, 20, 2), Of(1, 48, 2, 2, 100, 1), Of(6, 18, 12, 12, 54, 1, 3));
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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_image_has_the_same_bits_alone_and_in_a_batch(int stride)
    {
        ConvolutionShape all = Of(Tiny.Of(23, 3), 18, 6, 7, 21, 1) with { Geometry = ConvolutionGeometry.Square(stride, 1) }, one = all with { Batch = 1 };
        using var c = new ConvolutionCase(all);
        float[] expected = c.Run("winograd forward", GemmPlan.Native, true, _single), alone = new float[all.Outputs * all.OutputHeight * all.OutputWidth];
        for (int n = 0; n < all.Batch; n++)
        {
            unsafe
            {
                fixed (float* y = alone)
                    Winograd.Forward(GemmPlan.Native, one, c.X + n * one.Channels * one.Height * one.Width, c.Weight, c.Bias, y, _single);
            }
            Assert.True(alone.AsSpan().SequenceEqual(expected.AsSpan(n * alone.Length, alone.Length)), $"image {n}");
        }
    }

    /// <summary>The bound that <see cref="Winograd"/> states, element by element, on numbers of very different size.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void The_error_stays_within_its_stated_bound(string kernel)
    {
        Gen<ConvolutionShape> shapes = from shape in Shapes(Tiny.Of(12, 5)) select shape with { Channels = shape.GroupChannels, Outputs = shape.GroupOutputs, Geometry = shape.Geometry with { Groups = 1 } };
        Prop.ForAll(shapes.ToArbitrary(), Gen.Choose(1, 1 << 20).ToArbitrary(), (shape, seed) =>
        {
            using var c = new ConvolutionCase(shape, seed);
            Spread(c, seed);
            double[] exact = WinogradBound.Direct(kernel, c), scale = WinogradBound.Scale(kernel, c);
            int terms = 12 + (kernel.EndsWith("weight", StringComparison.Ordinal) ? shape.Batch * ((shape.OutputHeight + 1) / 2) * ((shape.OutputWidth + 1) / 2) : kernel.EndsWith("data", StringComparison.Ordinal) ? shape.Outputs : shape.Channels);
            foreach (GemmRung rung in Enum.GetValues<GemmRung>())
            {
                float[] got = c.Run(kernel, GemmPlan.For(rung), false, _single);
                for (int i = 0; i < got.Length; i++)
                    Assert.True(Math.Abs(got[i] - exact[i]) <= terms * Math.Pow(2, -24) * 1.0001 * scale[i] + 1e-40, $"{kernel}, {rung}, {shape}, seed {seed}: element {i} is {got[i]}, expected {exact[i]} ± {terms * Math.Pow(2, -24) * scale[i]:g3}");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(60, 6)));
    }

    /// <summary>What a result's window does not see cannot reach it, however large it is.</summary>
    [Fact]
    public void Elements_outside_a_window_leave_no_trace()
    {
        ConvolutionShape shape = Of(1, 16, 10, 10, 16, 1);
        using var c = new ConvolutionCase(shape);
        unsafe
        {
            float[] before = c.Run("winograd forward", GemmPlan.Native, false, _single);
            for (int channel = 0; channel < 16; channel++)
                c.X[channel * 100 + 44] = 3e30f; // row 4, column 4
            float[] after = c.Run("winograd forward", GemmPlan.Native, false, _single);
            for (int i = 0; i < after.Length; i++)
            {
                int row = i % 100 / 10, column = i % 10;
                if (Math.Abs(row - 4) > 1 || Math.Abs(column - 4) > 1)
                    Assert.Equal(before[i], after[i]);
            }
        }
    }

    [Fact]
    public void It_is_chosen_where_it_pays_and_only_where_it_fits()
    {
        Assert.True(Winograd.Pays(Of(32, 64, 32, 32, 64, 1)) && Winograd.Pays(Of(10, 160, 4, 4, 160, 1)) && Winograd.Pays(Of(1, 16, 16, 16, 16, 0)));
        Assert.True(Winograd.PaysForWeights(Of(32, 64, 32, 32, 64, 1)) && Winograd.PaysForWeights(Of(10, 16, 4, 4, 16, 1)));
        Assert.True(Winograd.Pays(Strided(Of(32, 64, 32, 32, 128, 1))) && Winograd.Pays(Strided(Of(32, 256, 8, 8, 512, 1))) && Winograd.PaysForWeights(Strided(Of(32, 256, 8, 8, 512, 1))));
        Assert.False(Winograd.Pays(Strided(Of(20, 512, 4, 4, 1024, 1))) || Winograd.PaysForWeights(Strided(Of(20, 512, 4, 4, 1024, 1)))); // few tiles, many weights
        Assert.False(Winograd.Pays(Of(32, 3, 32, 32, 64, 1)) || Winograd.PaysForWeights(Of(32, 3, 32, 32, 64, 1))); // few channels
        Assert.False(Winograd.Pays(Of(32, 16, 4, 4, 16, 1))); // short lines of tiles
        Assert.False(Winograd.Pays(Of(1, 512, 4, 4, 512, 1))); // few tiles, many weights
        ConvolutionShape shape = Of(32, 64, 32, 32, 64, 1);
        Assert.False(Winograd.Fits(shape with { Geometry = ConvolutionGeometry.Square(3, 1) }));
        Assert.False(Winograd.Fits(shape with { Geometry = new(1, 2, 1, 1, 1, 1, 1) }));
        Assert.False(Winograd.Fits(shape with { Geometry = ConvolutionGeometry.Square(1, 1, 2) }));
        Assert.False(Winograd.Fits(shape with { Geometry = ConvolutionGeometry.Square(1, 3) }));
        Assert.False(Winograd.Fits(shape with { KernelHeight = 1 }));
        Assert.False(Winograd.Pays(shape with { Geometry = ConvolutionGeometry.Square(1, 1, 1, 64) })); // depthwise
    }

    // powers of two from 2⁻¹² to 2¹², and zeros, as behind a rectifier
    private static unsafe void Spread(ConvolutionCase c, int seed)
    {
        var random = new System.Random(seed);
        foreach (var (values, count) in new[] { ((nint)c.X, c.CountX), ((nint)c.Weight, c.CountWeight), ((nint)c.Y, c.CountY) })
        {
            foreach (ref float value in new Span<float>((float*)values, count))
                value = random.Next(4) == 0 ? 0 : value * MathF.Pow(2, random.Next(-12, 13));
        }
    }

    private static ConvolutionShape Of(int batch, int channels, int height, int width, int outputs, int padding, int groups = 1) =>
        new(batch, channels, height, width, outputs, 3, 3, ConvolutionGeometry.Square(1, padding, 1, groups));

    private static ConvolutionShape Strided(in ConvolutionShape shape) => shape with { Geometry = shape.Geometry with { StrideHeight = 2, StrideWidth = 2 } };

    private static ConvolutionShape[] WithStrides(params ConvolutionShape[] shapes) =>
        [.. shapes, .. shapes.Select(shape => Strided(shape)).Where(shape => shape.OutputHeight > 0 && shape.OutputWidth > 0)];

    private static Gen<ConvolutionShape> Shapes(int largest) =>
        from batch in Gen.Choose(1, 4)
        from groups in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(2, 3)))
        from channels in Gen.Choose(1, Tiny.Of(23, 2))
        from outputs in Gen.Choose(1, Tiny.Of(27, 3))
        from height in Gen.Choose(1, largest)
        from width in Gen.Choose(1, largest)
        from paddings in Gen.Two(Gen.Choose(0, 2))
        from stride in Gen.Choose(1, 2)
        let shape = new ConvolutionShape(batch, groups * channels, height, width, groups * outputs, 3, 3, new ConvolutionGeometry(stride, stride, paddings.Item1, paddings.Item2, 1, 1, groups))
        where shape.OutputHeight > 0 && shape.OutputWidth > 0
        select shape;
}
