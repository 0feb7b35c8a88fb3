using Engram.Kernels.Cpu;

namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    public override void Gemm<TOp>(in View a, in View b, in View c, float alpha, float beta, View? bias, in TOp activation)
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
        Product(
            new MatrixSource { X = At(a), BatchStep = rank == 2 ? 0 : a.Layout.Stride(0), RowStep = a.Layout.Stride(-2), DepthStep = a.Layout.Stride(-1) },
            new MatrixSource { X = At(b), BatchStep = rank == 2 ? 0 : b.Layout.Stride(0), RowStep = b.Layout.Stride(-1), DepthStep = b.Layout.Stride(-2) },
            new MatrixTarget<TOp>
            {
                C = result, Bias = bias is { } vector ? Vector("gemm", "the bias", vector, n) : result, Activation = activation,
                BatchStep = rank == 2 ? 0 : c.Layout.Stride(0), RowStep = c.Layout.Stride(-2), HasBias = bias is null ? 0 : 1, Alpha = alpha, Beta = beta,
            }, batch, m, n, k);
    }

    public override void Convolve(in View x, in View weight, View? bias, in ConvolutionGeometry geometry, in View y)
    {
        ConvolutionShape shape = ConvolutionShape.Of("convolution", x.Layout, weight.Layout, y.Layout, geometry);
        int pixels = shape.OutputHeight * shape.OutputWidth, depth = shape.GroupChannels * shape.Taps;
        Floats result = At(y);
        Product(
            new WeightSource { W = At(weight), GroupOutputs = shape.GroupOutputs, PatchLength = depth },
            new PatchSource { X = At(x), Sizes = Sizes(shape) },
            new PlaneTarget
            {
                Y = result, Bias = bias is { } vector ? Vector("convolution", "the bias", vector, shape.Outputs) : result, Planes = shape.Outputs,
                GroupPlanes = shape.GroupOutputs, Pixels = pixels, HasBias = bias is null ? 0 : 1,
            }, geometry.Groups, shape.GroupOutputs, checked(shape.Batch * pixels), depth);
    }

    public override void ConvolveBackwardData(in View dy, in View weight, in ConvolutionGeometry geometry, in View dx, bool accumulate)
    {
        ConvolutionShape shape = ConvolutionShape.Of("convolution backward (image)", dx.Layout, weight.Layout, dy.Layout, geometry);
        int pixels = shape.Height * shape.Width;
        Floats result = At(dx);
        Product(
            new ChannelWeights { W = At(weight), Sizes = Sizes(shape) },
            new ResultSource { Dy = At(dy), Sizes = Sizes(shape) },
            new PlaneTarget { Y = result, Bias = result, Planes = shape.Channels, GroupPlanes = shape.GroupChannels, Pixels = pixels, Accumulate = accumulate ? 1 : 0 },
            geometry.Groups, shape.GroupChannels, checked(shape.Batch * pixels), shape.GroupOutputs * shape.Taps);
    }

    public override void ConvolveBackwardWeight(in View dy, in View x, in ConvolutionGeometry geometry, in View dweight, bool accumulate)
    {
        ConvolutionShape shape = ConvolutionShape.Of("convolution backward (weight)", x.Layout, dweight.Layout, dy.Layout, geometry);
        int length = shape.GroupChannels * shape.Taps;
        ConvolutionSizes sizes = Sizes(shape);
        Product(
            new ResultLines { Dy = At(dy), Sizes = sizes },
            new PatchLines { Patches = new PatchSource { X = At(x), Sizes = sizes } },
            new WeightTarget { W = At(dweight), GroupOutputs = shape.GroupOutputs, PatchLength = length, Accumulate = accumulate ? 1 : 0 },
            geometry.Groups, shape.GroupOutputs, length, checked(shape.Batch * shape.OutputHeight * shape.OutputWidth));
    }

    private void Product<TLeft, TRight, TTarget>(in TLeft left, in TRight right, in TTarget target, int batch, int rows, int columns, int depth)
        where TLeft : struct, ITileSource
        where TRight : struct, ITileSource
        where TTarget : struct, ITileTarget
    {
        const int side = TileProduct<TLeft, TRight, TTarget>.Side;
        if (batch == 0 || rows == 0 || columns == 0)
            return;
        LaunchGroups(
            new TileProduct<TLeft, TRight, TTarget> { Left = left, Right = right, Target = target, Rows = rows, Columns = columns, Depth = depth },
            (columns + side - 1) / side, (rows + side - 1) / side, batch);
    }

    private static ConvolutionSizes Sizes(in ConvolutionShape shape) => new()
    {
        Channels = shape.Channels, Height = shape.Height, Width = shape.Width, Outputs = shape.Outputs, OutputHeight = shape.OutputHeight,
        OutputWidth = shape.OutputWidth, KernelHeight = shape.KernelHeight, KernelWidth = shape.KernelWidth, StrideHeight = shape.Geometry.StrideHeight,
        StrideWidth = shape.Geometry.StrideWidth, PaddingHeight = shape.Geometry.PaddingHeight, PaddingWidth = shape.Geometry.PaddingWidth,
        DilationHeight = shape.Geometry.DilationHeight, DilationWidth = shape.Geometry.DilationWidth, GroupChannels = shape.GroupChannels,
        GroupOutputs = shape.GroupOutputs,
    };
}
