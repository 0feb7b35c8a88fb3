namespace Engram.Kernels.Cpu;

/// <summary>
/// 2-D convolution (cross-correlation, as in PyTorch) and its gradients in float32: y[n, o, i, j] = bias[o] + Σ x[n, c, i·s + a·d − p,
/// j·s + b·d − p] · weight[o, c, a, b], zeros outside the image, per group. 3×3 kernels with strides of 1 or 2 go by <see cref="Winograd"/>'s algorithm where that pays; the rest are implicit matrix products on the micro-kernels of
/// <see cref="Gemm"/>, where nothing as large as the patches of one image is stored, except where images are few and weights many (<see cref="ColumnGradient"/>). The order of additions follows from the shape.
/// Nothing is allocated on the managed heap.
/// </summary>
public static unsafe class Convolution
{
    /// <summary>Floating-point operations that outweigh waking a thread.</summary>
    private const double LeastWork = 1e6;

    // a weights' gradient of so few floats is summed in stretches of the grid, of so many elements at least
    private const int FewWeights = 16 * 1024, LongGrid = 8192, Stretches = 4;

    /// <summary>y ← x ⋆ weight + bias.</summary>
    /// <param name="plan">Rung and block sizes; a rung that the machine lacks runs in software.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="x">Images.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="bias">One value per output, or null.</param>
    /// <param name="y">Results, written.</param>
    /// <param name="splitter">Threads to use.</param>
    public static void Forward(GemmPlan plan, in ConvolutionShape shape, float* x, float* weight, float* bias, float* y, WorkSplitter splitter)
    {
        if (Winograd.Pays(shape))
            Winograd.Forward(plan, shape, x, weight, bias, y, splitter);
        else
            Product(plan, shape, x, weight, bias, y, false, false, splitter);
    }

    /// <summary>dx (+)= what dy makes of the images: the transposed convolution.</summary>
    /// <param name="plan">Rung and block sizes.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="dx">Gradient of the images.</param>
    /// <param name="accumulate">Add to what dx holds.</param>
    /// <param name="splitter">Threads to use.</param>
    public static void BackwardData(GemmPlan plan, in ConvolutionShape shape, float* dy, float* weight, float* dx, bool accumulate, WorkSplitter splitter)
    {
        if (Winograd.Pays(shape))
            Winograd.BackwardData(plan, shape, dy, weight, dx, accumulate, splitter);
        else if (ColumnGradient.Pays(shape))
            ColumnGradient.Run(plan, shape, dy, weight, dx, accumulate, splitter);
        else
            Product(plan, shape, dy, weight, null, dx, true, accumulate, splitter);
    }

    /// <summary>dweight (+)= Σ over images and results of dy · x.</summary>
    /// <param name="plan">Rung and block sizes.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="x">Images.</param>
    /// <param name="dweight">Gradient of the weights.</param>
    /// <param name="accumulate">Add to what dweight holds.</param>
    /// <param name="splitter">Threads to use.</param>
    public static void BackwardWeight(GemmPlan plan, in ConvolutionShape shape, float* dy, float* x, float* dweight, bool accumulate, WorkSplitter splitter)
    {
        if (Winograd.PaysForWeights(shape))
        {
            Winograd.BackwardWeight(plan, shape, dy, x, dweight, accumulate, splitter);
            return;
        }

        switch (plan.Rung)
        {
            case GemmRung.Bits512: Gradient<GemmRung512>(shape, dy, x, dweight, accumulate, splitter); break;
            case GemmRung.Bits256: Gradient<GemmRung256>(shape, dy, x, dweight, accumulate, splitter); break;
            default: Gradient<GemmRung128>(shape, dy, x, dweight, accumulate, splitter); break;
        }
    }

    private static void Product(
        GemmPlan plan, in ConvolutionShape s, float* input, float* weight, float* bias, float* output, bool backward, bool accumulate, WorkSplitter splitter)
    {
        switch (plan.Rung)
        {
            case GemmRung.Bits512: ProductOf<GemmRung512>(plan, s, input, weight, bias, output, backward, accumulate, splitter); break;
            case GemmRung.Bits256: ProductOf<GemmRung256>(plan, s, input, weight, bias, output, backward, accumulate, splitter); break;
            default: ProductOf<GemmRung128>(plan, s, input, weight, bias, output, backward, accumulate, splitter); break;
        }
    }

    private static void ProductOf<TRung>(
        GemmPlan plan, in ConvolutionShape s, float* input, float* weight, float* bias, float* output, bool backward, bool accumulate, WorkSplitter splitter)
        where TRung : struct, IGemmRung
    {
        var rows = backward ? s.GroupChannels : s.GroupOutputs;
        var (height, width) = backward ? (s.Height, s.Width) : (s.OutputHeight, s.OutputWidth);
        var (lines, columns) = backward ? ((height - 1) / s.Geometry.StrideHeight + 1, (width - 1) / s.Geometry.StrideWidth + 1) : (height, width);
        var (rowParts, columnParts) = Grid(
            Parts(s, splitter.Threads), rows, PatchBlock.Units(s.Batch, lines, columns), (double)s.Batch * height * width);
        var body = new PatchProductBody<TRung>
        {
            Shape = s, Plan = plan, Input = input, Weight = weight, Bias = bias, Output = output, Backward = backward, Accumulate = accumulate,
            RowParts = rowParts, ColumnParts = columnParts,
        };
        splitter.Run(s.Geometry.Groups * rowParts * columnParts, ref body);
    }

    private static void Gradient<TRung>(in ConvolutionShape s, float* dy, float* x, float* dweight, bool accumulate, WorkSplitter splitter)
        where TRung : struct, IGemmRung
    {
        var weights = (nint)s.Outputs * s.GroupChannels * s.Taps;
        // few weights and a long grid: rectangles of weights would each gather the same patches, so stretches of the grid are summed apart. The shape alone decides.
        var stretches = weights <= FewWeights && s.Geometry.Groups < Stretches && (long)s.Batch * s.OutputHeight * s.OutputWidth >= LongGrid ? Stretches : 1;
        // as many rectangles as threads, no more: each of them gathers its patches and its results once again
        var parts = Math.Min(splitter.Threads, Parts(s, splitter.Threads));
        var (outputs, channels) = stretches > 1 ? (1, 1) : Grid(parts, s.GroupOutputs, s.GroupChannels, (double)s.GroupChannels * s.Taps);
        var body = new PatchGradientBody<TRung>
        {
            Shape = s, Results = dy, Images = x, Gradient = dweight, Accumulate = accumulate, OutputParts = outputs, ChannelParts = channels,
            GridParts = stretches, PartStride = weights,
        };
        if (stretches > 1)
        {
            body.Gradient = AlignedMemory.OuterScratch(stretches * weights);
            body.Accumulate = false;
        }

        splitter.Run(s.Geometry.Groups * outputs * channels * stretches, ref body);
        for (var i = 0; i < stretches && stretches > 1; i++)
        {
            var part = body.Gradient + i * weights;
            if (accumulate || i > 0)
                ElementwiseZip.Run(new AddOp(), dweight, part, dweight, weights);
            else
                new ReadOnlySpan<float>(part, (int)weights).CopyTo(new Span<float>(dweight, (int)weights));
        }
    }

    // pieces of a group that keep all threads busy; one thread takes a group whole
    private static int Parts(in ConvolutionShape s, int threads)
    {
        var groups = s.Geometry.Groups;
        if (threads == 1 || groups >= 2 * threads)
            return 1;
        var work = 2.0 * s.Batch * s.OutputHeight * s.OutputWidth * s.GroupOutputs * s.GroupChannels * s.Taps;
        return (int)Math.Clamp(work / LeastWork, 1, Math.Max(1, 2 * threads / groups));
    }

    // rows and column parts with the smallest largest share, then the fewest operands read twice
    private static (int Rows, int Columns) Grid(int parts, int rows, int units, double columns)
    {
        var (best, bestCost) = ((1, 1), double.PositiveInfinity);
        for (var c = 1; c <= Math.Min(parts, units); c++)
        {
            var r = Math.Clamp(parts / c, 1, Math.Max(1, (rows + 7) / 8));
            var cost = rows * columns / (r * c) + ((double)rows / r + columns / c);
            if (cost < bestCost)
                (best, bestCost) = ((r, c), cost);
        }

        return best;
    }
}
