namespace Engram.Kernels.Cpu;

/// <summary>
/// target[row, grid] (+)= Σ over (channel, tap) of weights[row, channel, tap] · patches[(channel, tap), grid], an implicit matrix product:
/// a few channels of a few images are staged, panels of patches are packed from there, and the micro-kernels of the matrix product do the
/// rest. The sums of an element run over blocks of channels whose size follows from the shape, so no cut between threads changes a bit.
/// </summary>
internal static unsafe class PatchProduct<TRung>
    where TRung : struct, IGemmRung
{
    // a block of staged planes stays in the second-level cache beside the weights and a panel
    private const int StageFloats = 1 << 16;

    // columns of a block: enough to pay for staging and for packing the weights
    private const int BlockColumns = 1024;

    // weights up to this size are packed once and kept for all blocks
    private const int KeptWeights = 160 * 1024;

    /// <summary>Works rows m0 … m1 and the grid units u0 … u1.</summary>
    /// <param name="source">The patches.</param>
    /// <param name="weights">The left operand.</param>
    /// <param name="target">The result.</param>
    /// <param name="bias">One value per row, or null.</param>
    /// <param name="add">Add to what the target holds.</param>
    /// <param name="plan">Block sizes.</param>
    /// <param name="m0">First row.</param>
    /// <param name="m1">Behind the last row.</param>
    /// <param name="u0">First unit.</param>
    /// <param name="u1">Behind the last unit.</param>
    public static void Run(
        in PatchSource source, in PatchWeights weights, in PatchTarget target, float* bias, bool add, GemmPlan plan, nint m0, nint m1, int u0, int u1)
    {
        var channels = BlockChannels(source, plan);
        var depth = (nint)channels * source.Taps;
        var most = BlockUnits(source, channels, u1 - u0);
        var largest = PatchBlock.TakesImages(source) ? new PatchBlock(0, most, 0, source.GridHeight) : new PatchBlock(0, 1, 0, most);
        var stageSize = new PatchStage(source, largest.Rows).ChannelStride * channels * largest.Images + PatchStage.Slack;
        var whole = (m1 - m0) * source.Channels * source.Taps;
        var inPlace = weights.InOrder(source) && InPlace(weights, (nint)(u1 - u0) * (PatchBlock.TakesImages(source) ? source.Plane : source.GridWidth));
        var keep = !inPlace && whole <= KeptWeights;
        var sizeA = inPlace ? 0 : keep ? whole : (m1 - m0) * depth;
        var width = TRung.WideVectors * TRung.Lanes;
        var memory = AlignedMemory.Scratch(Round(stageSize) + Round(sizeA) + Round(depth * width) + Round(depth) + Round(TRung.MaxRows * width));
        var state = new State
        {
            Stage = memory,
            A = memory + Round(stageSize),
            Rows = Even(m1 - m0, TRung.WideRows),
            M0 = m0,
            M1 = m1,
            InPlace = inPlace,
        };
        state.B = state.A + Round(sizeA);
        state.Offsets = (int*)(state.B + Round(depth * width));
        state.Tile = (float*)(state.Offsets + Round(depth));

        if (keep)
            PackWeights(source, weights, state, 0, source.Channels, channels);
        var (outer, inner) = keep ? (source.Channels, channels) : (channels, channels);
        for (var c0 = 0; c0 < source.Channels; c0 += outer)
        {
            if (!keep && !inPlace)
                PackWeights(source, weights, state, c0, Math.Min(source.Channels, c0 + channels), channels);
            for (var unit = u0; unit < u1;)
            {
                var block = PatchBlock.At(source, unit, u1, most);
                unit += block.Length(source);
                for (var c = c0; c < Math.Min(source.Channels, c0 + outer); c += inner)
                {
                    var count = Math.Min(inner, source.Channels - c);
                    var stage = new PatchStage(source, block.Rows);
                    stage.Fill(state.Stage, block.Image, block.Images, block.Row, c, count);
                    FillOffsets(source, stage, count, state.Offsets);
                    if (c == 0 && bias != null)
                        FillBias(source, target, block, bias, m0, m1);
                    var a = inPlace ? weights.Data + c * weights.ChannelStride : keep ? state.A + (m1 - m0) * c * source.Taps : state.A;
                    Panels(source, weights, target, stage, block, state, a, count, add || c > 0 || bias != null);
                }
            }
        }
    }

    private static void Panels(
        in PatchSource source, in PatchWeights weights, in PatchTarget target, in PatchStage stage, in PatchBlock block, in State state,
        float* a, int channels, bool add)
    {
        var panel = default(PatchPanel);
        var depth = (nint)channels * source.Taps;
        var imageStride = stage.ChannelStride * channels;
        var columns = block.Images * block.Rows * source.GridWidth;
        int jEnd;
        for (var j = 0; j < columns; j = jEnd)
        {
            jEnd = PanelEnd(j, columns);
            var vectors = (jEnd - j + TRung.Lanes - 1) / TRung.Lanes;
            var width = vectors * TRung.Lanes;
            panel.Locate(source, stage, target, block, imageStride, j, jEnd, width);
            panel.Pack(state.Stage, state.Offsets, depth, state.B, width);
            var direct = panel.Runs == 1 && jEnd - j == width && target.ColumnStride == 1;
            var strip = a;
            for (var i = state.M0; i < state.M1; i += state.Rows)
            {
                var rows = (int)Math.Min(state.Rows, state.M1 - i);
                var c = target.Data + i * target.RowStride;
                var to = direct ? c + panel.RunTo(0) : state.Tile;
                var (rowStride, beta) = direct ? (target.RowStride, add ? 1f : 0f) : (width, 0f);
                if (state.InPlace)
                    TRung.Tile<OnlyBPacked>(rows, vectors, depth, a + i * weights.RowStride, weights.RowStride, state.B, width, to, rowStride, 1, beta);
                else
                    TRung.Tile<BothPacked>(rows, vectors, depth, strip, 1, state.B, width, to, rowStride, 1, beta);
                if (!direct)
                    panel.Scatter(state.Tile, width, rows, target, c, add);
                strip += rows * depth;
            }
        }
    }

    // channels per block of sums: part of the result's definition, so from the shape and the plan alone
    private static int BlockChannels(in PatchSource source, GemmPlan plan) => (int)Even(source.Channels, Math.Max(1, plan.BlockK / source.Taps));

    private static int BlockUnits(in PatchSource source, int channels, int units)
    {
        var images = PatchBlock.TakesImages(source);
        var perUnit = images ? source.Plane : source.GridWidth;
        var stage = new PatchStage(source, images ? source.GridHeight : 1);
        var floats = Math.Max(1, stage.ChannelStride * channels);
        var fit = images ? StageFloats / floats : StageFloats / floats - source.Vertical.MaxShift;
        var most = Math.Clamp(Math.Min(fit, BlockColumns / perUnit), 1, images ? source.Images : source.GridHeight);
        return (int)Even(images ? units : source.GridHeight, most);
    }

    // packing pays from some columns on, earlier where the rows of the weights fall into one set of the first-level cache
    private static bool InPlace(in PatchWeights weights, nint columns) =>
        columns < (weights.RowStride * sizeof(float) % 2048 == 0 ? 80 : 320);

    private static void PackWeights(in PatchSource source, in PatchWeights weights, in State state, int channel, int end, int channels)
    {
        var to = state.A;
        for (var c = channel; c < end; c += channels)
        {
            var count = Math.Min(channels, end - c);
            for (var i = state.M0; i < state.M1; i += state.Rows)
            {
                var rows = (int)Math.Min(state.Rows, state.M1 - i);
                weights.Pack(source, i, rows, c, count, to);
                to += (nint)rows * count * source.Taps;
            }
        }
    }

    private static void FillOffsets(in PatchSource source, in PatchStage stage, int channels, int* offsets)
    {
        for (var i = 0; i < source.Vertical.Count; i++)
        {
            for (var j = 0; j < source.Horizontal.Count; j++, offsets++)
            {
                var offset = stage.TapOffset(i, j);
                for (var c = 0; c < channels; c++, offset += stage.ChannelStride)
                {
                    offsets[(nint)c * source.Taps] = (int)offset;
                }
            }
        }
    }

    private static void FillBias(in PatchSource source, in PatchTarget target, in PatchBlock block, float* bias, nint m0, nint m1)
    {
        for (var n = 0; n < block.Images; n++)
        {
            for (var m = m0; m < m1; m++)
            {
                var to = target.Data + m * target.RowStride + (block.Image + n) * target.ImageStride + block.Row * target.LineStride;
                new Span<float>(to, block.Rows * source.GridWidth).Fill(bias[m]);
            }
        }
    }

    // two panels of two vectors end better than one of three and one of one
    private static int PanelEnd(int j, int end)
    {
        var (left, vectors) = (end - j, TRung.WideVectors);
        if (vectors > 2 && left > vectors * TRung.Lanes && left <= (vectors + 1) * TRung.Lanes)
            vectors--;
        return Math.Min(j + vectors * TRung.Lanes, end);
    }

    // the smallest number that cuts length into as few pieces as `most` does
    private static nint Even(nint length, nint most)
    {
        var pieces = Math.Max(1, (length + most - 1) / most);
        return Math.Max(1, (length + pieces - 1) / pieces);
    }

    private static nint Round(nint floats) => (floats + 15) / 16 * 16;

    private struct State
    {
        public float* Stage, A, B, Tile;
        public int* Offsets;
        public nint M0, M1, Rows;
        public bool InPlace;
    }
}
