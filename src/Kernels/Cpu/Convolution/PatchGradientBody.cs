namespace Engram.Kernels.Cpu;

/// <summary>Gradient of the weights as a loop over groups, rectangles of [outputs, channels] and stretches of the grid, each stretch with a sum of its own.</summary>
internal unsafe struct PatchGradientBody<TRung> : IChunkBody
    where TRung : struct, IGemmRung
{
    /// <summary>Sizes.</summary>
    public ConvolutionShape Shape;

    /// <summary>dy, x, dweight.</summary>
    public float* Results, Images, Gradient;

    /// <summary>Whether the gradient is added to what the output holds.</summary>
    public bool Accumulate;

    /// <summary>Into how many rectangles a group is cut.</summary>
    public int OutputParts, ChannelParts;

    /// <summary>Into how many stretches the grid is cut; the sums of a stretch lie <see cref="PartStride"/> floats behind those of the one before it.</summary>
    public int GridParts;

    /// <summary>Floats from one stretch's gradient to the next one's.</summary>
    public nint PartStride;

    public readonly void Execute(int chunk)
    {
        ref readonly var s = ref Shape;
        var g = s.Geometry;
        (chunk, var gridPart) = Math.DivRem(chunk, GridParts);
        var (group, part) = Math.DivRem(chunk, OutputParts * ChannelParts);
        var (m0, m1) = WorkSplitter.SplitRange(s.GroupOutputs, OutputParts, part / ChannelParts);
        var (c0, c1) = WorkSplitter.SplitRange(s.GroupChannels, ChannelParts, part % ChannelParts);
        if (m0 == m1 || c0 == c1)
            return;
        var axes = stackalloc int[TapAxis.Memory(s.KernelHeight + s.KernelWidth)];
        var source = new PatchSource
        {
            Data = Images + group * (nint)s.GroupChannels * s.Height * s.Width,
            ImageStride = (nint)s.Channels * s.Height * s.Width,
            Channels = s.GroupChannels,
            Height = s.Height,
            Width = s.Width,
            Images = s.Batch,
            TargetHeight = s.OutputHeight,
            TargetWidth = s.OutputWidth,
            Vertical = TapAxis.Forward(s.KernelHeight, g.StrideHeight, g.PaddingHeight, g.DilationHeight, axes),
            Horizontal = TapAxis.Forward(s.KernelWidth, g.StrideWidth, g.PaddingWidth, g.DilationWidth, axes + TapAxis.Memory(s.KernelHeight)),
        };
        var gradient = Gradient + gridPart * PartStride + group * (nint)s.GroupOutputs * s.GroupChannels * s.Taps;
        if (s.Batch == 0)
        {
            if (!Accumulate)
                new Span<float>(gradient + m0 * s.GroupChannels * s.Taps, (int)(m1 - m0) * s.GroupChannels * s.Taps).Clear();
            return;
        }

        var (unit, unitEnd) = WorkSplitter.SplitRange(PatchBlock.Units(source), GridParts, gridPart);
        PatchGradient<TRung>.Run(
            source, Results + group * (nint)s.GroupOutputs * source.Plane, (nint)s.Outputs * source.Plane, gradient, s.GroupOutputs, Accumulate,
            m0, m1, (int)c0, (int)c1, (int)unit, (int)unitEnd);
    }
}
