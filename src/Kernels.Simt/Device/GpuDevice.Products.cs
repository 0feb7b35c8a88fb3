using Engram.Kernels.Cpu;

namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    // groups that keep a GPU of this decade busy, the least depth that is worth a part of its own, and what parts are multiples of
    private const int EnoughGroups = 128, LeastDepth = 128, PartStep = 16;
    private const int ScratchWeights = 6, ProductParts = 7; // of the scratch of floats

    public override void Gemm<TOp>(in View a, in View b, in View c, float alpha, float beta, View? bias, in TOp activation) =>
        Gemm(a, b, c, alpha, beta, bias, activation, exact: false);

    /// <summary>c = a·b in float32 whatever the precision of products: what decompositions are made of.</summary>
    private void ExactProduct(in View a, in View b, in View c) => Gemm(a, b, c, 1f, 0f, null, default(IdentityOp), exact: true);

    private void Gemm<TOp>(in View a, in View b, in View c, float alpha, float beta, View? bias, in TOp activation, bool exact) where TOp : struct, IUnaryOp
    {
        int rank = c.Layout.Rank;
        if (rank is not (2 or 3) || a.Layout.Rank != rank || b.Layout.Rank != rank)
            throw new ArgumentException($"gemm: expected three matrices or three batches of matrices, got a {a.Layout}, b {b.Layout}, c {c.Layout}");
        int m = c.Layout.Size(-2), n = c.Layout.Size(-1), k = a.Layout.Size(-1), batch = rank == 2 ? 1 : c.Layout.Size(0);
        if (a.Layout.Size(-2) != m || b.Layout.Size(-2) != k || b.Layout.Size(-1) != n)
            throw new ArgumentException($"gemm: a {a.Layout} · b {b.Layout} does not make c {c.Layout}");
        if (n > 1 && c.Layout.Stride(-1) != 1)
            throw new ArgumentException($"gemm: the columns of c {c.Layout} must be contiguous; write to a contiguous tensor and copy");
        if (rank == 3 && (a.Layout.Size(0) != batch || b.Layout.Size(0) != batch))
            throw new ArgumentException($"gemm: batch sizes differ: a {a.Layout}, b {b.Layout}, c {c.Layout}");
        Floats result = At(c);
        int wide = IsAligned(c) && IsAligned(c.Layout.Stride(-2)) && (rank == 2 || IsAligned(c.Layout.Stride(0))) && (bias is not { } added || IsAligned(added)) ? 1 : 0;
        var target = new MatrixTarget<TOp>
        {
            C = result, Bias = bias is { } vector ? Vector("gemm", "the bias", vector, n) : result, Activation = activation,
            BatchStep = rank == 2 ? 0 : c.Layout.Stride(0), RowStep = c.Layout.Stride(-2), HasBias = bias is null ? 0 : 1, Alpha = alpha, Beta = beta, Wide = wide,
        };
        MatrixSource left = Side(a, a.Layout.Stride(-2), a.Layout.Stride(-1)), right = Side(b, b.Layout.Stride(-1), b.Layout.Stride(-2));
        if (exact || !OnTensorCores(a, b, c, bias, target, batch, m, n, k))
            Product(left, right, target, batch, m, n, k);
    }

    public override void Convolve(in View x, in View weight, View? bias, in ConvolutionGeometry geometry, in View y)
    {
        ConvolutionShape shape = ConvolutionShape.Of("convolution", x.Layout, weight.Layout, y.Layout, geometry);
        int pixels = shape.OutputHeight * shape.OutputWidth, depth = shape.GroupChannels * shape.Taps;
        Floats result = At(y);
        var target = new PlaneTarget
        {
            Y = result, Bias = bias is { } vector ? Vector("convolution", "the bias", vector, shape.Outputs) : result, Planes = shape.Outputs,
            GroupPlanes = shape.GroupOutputs, Pixels = pixels, HasBias = bias is null ? 0 : 1, Wide = IsAligned(y) && IsAligned(pixels) ? 1 : 0,
        };
        var left = new WeightSource { W = At(weight), Rows = shape.GroupOutputs, Length = depth, Wide = IsAligned(weight) && IsAligned(depth) ? 1 : 0 };
        var right = new PatchSource { X = At(x), Sizes = Sizes(shape) };
        if (!OnTensorCores(x, weight, y, bias, target, shape))
            Product(left, right, target, geometry.Groups, shape.GroupOutputs, checked(shape.Batch * pixels), depth);
    }

    public override void ConvolveBackwardData(in View dy, in View weight, in ConvolutionGeometry geometry, in View dx, bool accumulate)
    {
        ConvolutionShape shape = ConvolutionShape.Of("convolution backward (image)", dx.Layout, weight.Layout, dy.Layout, geometry);
        int pixels = shape.Height * shape.Width;
        Floats result = At(dx);
        var target = new PlaneTarget
        {
            Y = result, Bias = result, Planes = shape.Channels, GroupPlanes = shape.GroupChannels, Pixels = pixels, Accumulate = accumulate ? 1 : 0,
            Wide = IsAligned(dx) && IsAligned(pixels) ? 1 : 0,
        };
        View turned = TurnedWeights(weight, shape);
        if (ImageGradientOnTensorCores(dy, turned, dx, target, shape))
            return;
        int depth = shape.GroupOutputs * shape.Taps, columns = checked(shape.Batch * pixels);
        ConvolutionSizes sizes = Sizes(shape);
        var left = new WeightSource { W = At(turned), Rows = shape.GroupChannels, Length = depth, Wide = IsAligned(depth) ? 1 : 0 };
        if (shape.Geometry is { StrideHeight: 1, StrideWidth: 1 })
            Product(left, new PatchSource { X = At(dy), Sizes = Backwards(sizes) }, target, geometry.Groups, shape.GroupChannels, columns, depth);
        else
            Product(left, new ResultSource { Dy = At(dy), Sizes = sizes }, target, geometry.Groups, shape.GroupChannels, columns, depth);
    }

    public override void ConvolveBackwardWeight(in View dy, in View x, in ConvolutionGeometry geometry, in View dweight, bool accumulate)
    {
        ConvolutionShape shape = ConvolutionShape.Of("convolution backward (weight)", x.Layout, dweight.Layout, dy.Layout, geometry);
        int length = shape.GroupChannels * shape.Taps;
        ConvolutionSizes sizes = Sizes(shape);
        var left = new ResultLines { Dy = At(dy), Sizes = sizes, Wide = IsAligned(dy) && IsAligned(shape.OutputHeight * shape.OutputWidth) ? 1 : 0 };
        var right = new PatchLines { Patches = new PatchSource { X = At(x), Sizes = sizes } };
        var target = new WeightTarget { W = At(dweight), GroupOutputs = shape.GroupOutputs, PatchLength = length, Accumulate = accumulate ? 1 : 0 };
        if (!WeightGradientOnTensorCores(dy, x, dweight, target, shape))
            Product(left, right, target, geometry.Groups, shape.GroupOutputs, length, checked(shape.Batch * shape.OutputHeight * shape.OutputWidth));
    }

    /// <summary>
    /// A product in tiles of 128 where they can fill a GPU, else of 64. Where tiles are few the depth is cut into parts, which are added up in order afterwards; how,
    /// follows from the shape alone.
    /// </summary>
    private void Product<TLeft, TRight, TTarget>(in TLeft left, in TRight right, in TTarget target, int batch, int rows, int columns, int depth)
        where TLeft : struct, ITileSource
        where TRight : struct, ITileSource
        where TTarget : struct, ITileTarget
    {
        if (batch == 0 || rows == 0 || columns == 0)
            return;
        const int large = WideProduct<TLeft, TRight, TTarget>.Side, small = TileProduct<TLeft, TRight, TTarget>.Side;
        bool wide = rows > small && columns > small && Tiles(large, batch, rows, columns) * Math.Max(1, depth / LeastDepth) >= EnoughGroups / 2;
        long tiles = Tiles(wide ? large : small, batch, rows, columns);
        (int parts, int partDepth) = DepthParts(tiles, depth, PartStep);
        if (parts == 1)
        {
            Tile(left, right, target, wide, batch, rows, columns, depth, 1, partDepth);
            return;
        }

        int elements = rows * columns;
        Floats sums = Scratch(ProductParts, checked(batch * parts * elements));
        Tile(left, right, new PartTarget { Parts = sums, Rows = rows, Columns = columns }, wide, batch, rows, columns, depth, parts, partDepth);
        Each(new AddTilesKernel<TTarget> { Parts = sums, Target = target, PartCount = parts, Elements = elements, Columns = columns, Count = batch * elements }, batch * elements);
    }

    /// <summary>Into how many parts the depth is cut so that there are groups enough, and how deep one is: a multiple of a step.</summary>
    private static (int Parts, int PartDepth) DepthParts(long tiles, int depth, int step)
    {
        int parts = (int)Math.Clamp(EnoughGroups / tiles, 1, Math.Max(1, depth / LeastDepth));
        int partDepth = Math.Max(1, ((depth + parts - 1) / parts + step - 1) / step * step);
        return (Math.Max(1, (depth + partDepth - 1) / partDepth), partDepth);
    }

    private void Tile<TLeft, TRight, TTarget>(in TLeft left, in TRight right, in TTarget target, bool wide, int batch, int rows, int columns, int depth, int parts, int partDepth)
        where TLeft : struct, ITileSource
        where TRight : struct, ITileSource
        where TTarget : struct, ITileTarget
    {
        const int large = WideProduct<TLeft, TRight, TTarget>.Side, small = TileProduct<TLeft, TRight, TTarget>.Side;
        if (wide)
        {
            LaunchGroups(
                new WideProduct<TLeft, TRight, TTarget> { Left = left, Right = right, Target = target, Rows = rows, Columns = columns, Depth = depth, Parts = parts, PartDepth = partDepth },
                (columns + large - 1) / large, (rows + large - 1) / large, batch * parts);
        }
        else
        {
            LaunchGroups(
                new TileProduct<TLeft, TRight, TTarget> { Left = left, Right = right, Target = target, Rows = rows, Columns = columns, Depth = depth, Parts = parts, PartDepth = partDepth },
                (columns + small - 1) / small, (rows + small - 1) / small, batch * parts);
        }
    }

    private static long Tiles(int side, int batch, int rows, int columns) => (long)batch * ((rows + side - 1) / side) * ((columns + side - 1) / side);

    /// <summary>A batch of matrices as a side of a product; four elements at once where rows, or the depth, lie so.</summary>
    private MatrixSource Side(in View x, int rowStep, int depthStep)
    {
        int batchStep = x.Layout.Rank == 2 ? 0 : x.Layout.Stride(0), across = depthStep == 1 ? rowStep : rowStep == 1 ? depthStep : 1;
        return new MatrixSource
        {
            X = At(x), BatchStep = batchStep, RowStep = rowStep, DepthStep = depthStep, Wide = IsAligned(x) && IsAligned(across) && IsAligned(batchStep) ? 1 : 0,
        };
    }

    /// <summary>A copy of the weights with a line per channel, as deep as outputs times taps: what the image's gradient reads along the depth.</summary>
    private View TurnedWeights(in View weight, in ConvolutionShape shape)
    {
        int groups = shape.Geometry.Groups;
        Scratch(ScratchWeights, weight.Count);
        var turned = new View(_floats[ScratchWeights]!, Layout.RowMajor([groups, shape.GroupChannels, shape.GroupOutputs, shape.Taps]));
        Copy(weight.With(Layout.RowMajor([groups, shape.GroupOutputs, shape.GroupChannels, shape.Taps], weight.Layout.Offset).Transpose(1, 2)), turned);
        return turned;
    }

    /// <summary>With strides of 1 the image's gradient is a convolution of the result's gradient, whose taps run backwards.</summary>
    private static ConvolutionSizes Backwards(in ConvolutionSizes of) => of with
    {
        Channels = of.Outputs, Height = of.OutputHeight, Width = of.OutputWidth, Outputs = of.Channels, OutputHeight = of.Height, OutputWidth = of.Width,
        PaddingHeight = -of.PaddingHeight, PaddingWidth = -of.PaddingWidth, DilationHeight = -of.DilationHeight, DilationWidth = -of.DilationWidth,
        GroupChannels = of.GroupOutputs, GroupOutputs = of.GroupChannels,
    };

    private static ConvolutionSizes Sizes(in ConvolutionShape shape) => new()
    {
        Channels = shape.Channels, Height = shape.Height, Width = shape.Width, Outputs = shape.Outputs, OutputHeight = shape.OutputHeight,
        OutputWidth = shape.OutputWidth, KernelHeight = shape.KernelHeight, KernelWidth = shape.KernelWidth, StrideHeight = shape.Geometry.StrideHeight,
        StrideWidth = shape.Geometry.StrideWidth, PaddingHeight = shape.Geometry.PaddingHeight, PaddingWidth = shape.Geometry.PaddingWidth,
        DilationHeight = shape.Geometry.DilationHeight, DilationWidth = shape.Geometry.DilationWidth, GroupChannels = shape.GroupChannels,
        GroupOutputs = shape.GroupOutputs,
    };
}
