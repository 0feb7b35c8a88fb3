namespace Engram.Kernels.Cpu;

/// <summary>Forward pass or gradient of the image as a loop over groups and rectangles of the patch product.</summary>
internal unsafe struct PatchProductBody<TRung> : IChunkBody
    where TRung : struct, IGemmRung
{
    /// <summary>Sizes.</summary>
    public ConvolutionShape Shape;

    /// <summary>Block sizes.</summary>
    public GemmPlan Plan;

    /// <summary>x or dy, weights, bias or null, y or dx.</summary>
    public float* Input, Weight, Bias, Output;

    /// <summary>Whether dx is computed from dy.</summary>
    public bool Backward;

    /// <summary>Whether the result is added to what the output holds.</summary>
    public bool Accumulate;

    /// <summary>Into how many rectangles a group's product is cut.</summary>
    public int RowParts, ColumnParts;

    public readonly void Execute(int chunk)
    {
        var parts = RowParts * ColumnParts;
        var (group, part) = Math.DivRem(chunk, parts);
        var (row, column) = Math.DivRem(part, ColumnParts);
        if (Backward)
            Image(group, row, column);
        else
            Result(group, row, column);
    }

    private readonly void Result(int group, int rowPart, int columnPart)
    {
        ref readonly var s = ref Shape;
        var g = s.Geometry;
        var axes = stackalloc int[TapAxis.Memory(s.KernelHeight + s.KernelWidth)];
        var (height, width) = (s.OutputHeight, s.OutputWidth);
        var plane = (nint)height * width;
        var source = new PatchSource
        {
            Data = Input + group * (nint)s.GroupChannels * s.Height * s.Width,
            ImageStride = (nint)s.Channels * s.Height * s.Width,
            Channels = s.GroupChannels,
            Height = s.Height,
            Width = s.Width,
            Images = s.Batch,
            TargetHeight = height,
            TargetWidth = width,
            Vertical = TapAxis.Forward(s.KernelHeight, g.StrideHeight, g.PaddingHeight, g.DilationHeight, axes),
            Horizontal = TapAxis.Forward(s.KernelWidth, g.StrideWidth, g.PaddingWidth, g.DilationWidth, axes + TapAxis.Memory(s.KernelHeight)),
        };
        var depth = (nint)s.GroupChannels * s.Taps;
        var weights = new PatchWeights
        {
            Data = Weight + group * s.GroupOutputs * depth,
            RowStride = depth,
            ChannelStride = s.Taps,
        };
        var target = new PatchTarget
        {
            Data = Output + group * s.GroupOutputs * plane,
            RowStride = plane,
            ImageStride = s.Outputs * plane,
        };
        Run(source, weights, target, Bias == null ? null : Bias + group * s.GroupOutputs, s.GroupOutputs, rowPart, columnPart);
    }

    private readonly void Image(int group, int rowPart, int columnPart)
    {
        ref readonly var s = ref Shape;
        var g = s.Geometry;
        var axes = stackalloc int[TapAxis.Memory(s.KernelHeight + s.KernelWidth)];
        var plane = (nint)s.Height * s.Width;
        var results = (nint)s.OutputHeight * s.OutputWidth;
        var source = new PatchSource
        {
            Data = Input + group * s.GroupOutputs * results,
            ImageStride = s.Outputs * results,
            Channels = s.GroupOutputs,
            Height = s.OutputHeight,
            Width = s.OutputWidth,
            Images = s.Batch,
            TargetHeight = s.Height,
            TargetWidth = s.Width,
            Vertical = TapAxis.Backward(s.KernelHeight, g.StrideHeight, g.PaddingHeight, g.DilationHeight, axes),
            Horizontal = TapAxis.Backward(s.KernelWidth, g.StrideWidth, g.PaddingWidth, g.DilationWidth, axes + TapAxis.Memory(s.KernelHeight)),
        };
        var weights = new PatchWeights
        {
            Data = Weight + group * (nint)s.GroupOutputs * s.GroupChannels * s.Taps,
            RowStride = s.Taps,
            ChannelStride = (nint)s.GroupChannels * s.Taps,
        };
        var target = new PatchTarget
        {
            Data = Output + group * s.GroupChannels * plane,
            RowStride = plane,
            ImageStride = s.Channels * plane,
        };
        Run(source, weights, target, null, s.GroupChannels, rowPart, columnPart);
    }

    private readonly void Run(
        in PatchSource source, in PatchWeights weights, in PatchTarget target, float* bias, int rows, int rowPart, int columnPart)
    {
        var (m0, m1) = WorkSplitter.SplitRange(rows, RowParts, rowPart, TRung.WideRows);
        var (u0, u1) = WorkSplitter.SplitRange(PatchBlock.Units(source), ColumnParts, columnPart);
        if (m0 < m1 && u0 < u1)
            PatchProduct<TRung>.Run(source, weights, target, bias, Accumulate, Plan, m0, m1, (int)u0, (int)u1);
    }
}
