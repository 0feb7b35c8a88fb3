using static Engram.Kernels.Cpu.BlockSizes;

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

    // several grids write every second element of the target, once per block of channels: blocks so many times as deep write it less often
    private const int ScatterDepth = 2;

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
        var most = BlockUnits(source, channels, u1 - u0);
        var images = PatchBlock.TakesImages(source);
        var taps = (nint)source.Taps;
        var depth = channels * MostTaps(source);
        var stageSize = new PatchStage(source, images ? source.GridHeight : most).ChannelStride * channels * (images ? most : 1) + PatchStage.Slack;
        var inPlace = weights.InOrder(source) && InPlace(weights, (nint)(u1 - u0) * (images ? source.Plane : source.GridWidth));
        var keep = !inPlace && (m1 - m0) * source.Channels * taps <= KeptWeights;
        var sizeA = inPlace ? 0 : (m1 - m0) * taps * (keep ? source.Channels : channels);
        var width = TRung.WideVectors * TRung.Lanes;
        var tile = Math.Max(TRung.MaxRows * width, PatchWeights.Scratch(TRung.WideRows, taps));
        var memory = AlignedMemory.Scratch(Round(stageSize) + Round(sizeA) + Round(depth * width) + Round(channels * taps) + tile);
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
        state.Tile = (float*)(state.Offsets + Round(channels * taps));

        if (keep)
            PackWeights(source, weights, state, 0, source.Channels, channels);
        var outer = keep ? source.Channels : channels;
        for (var c0 = 0; c0 < Math.Max(1, source.Channels); c0 += outer)
        {
            var cEnd = Math.Min(source.Channels, c0 + outer);
            if (!keep && !inPlace)
                PackWeights(source, weights, state, c0, cEnd, channels);
            for (var unit = u0; unit < u1;)
            {
                var block = PatchBlock.At(source, unit, u1, most);
                unit += block.Length(source);
                var begun = add;
                if (c0 == 0 && !add)
                    begun = Begin(source, target, block, bias, m0, m1);
                var stage = new PatchStage(source, block.Rows);
                for (var c = c0; c < cEnd; c += channels)
                {
                    var count = Math.Min(channels, cEnd - c);
                    stage.Fill(state.Stage, block.Image, block.Images, block.Row, c, count);
                    var a = inPlace ? weights.Data + c * weights.ChannelStride : keep ? state.A + (m1 - m0) * c * taps : state.A;
                    Grids(source, weights, target, stage, block, state, a, count, begun || c > 0);
                }
            }
        }
    }

    private static void Grids(
        in PatchSource source, in PatchWeights weights, in PatchTarget target, in PatchStage stage, in PatchBlock block, in State state,
        float* a, int channels, bool add)
    {
        for (var i = 0; i < source.Vertical.Count; i = source.Vertical.GridEnd(i))
        {
            for (var j = 0; j < source.Horizontal.Count; j = source.Horizontal.GridEnd(j))
            {
                var grid = new PatchGrid(source, block, i, j);
                FillOffsets(stage, grid, channels, state.Offsets);
                Panels(weights, target, stage, grid, state, a, channels, add);
                a += (state.M1 - state.M0) * grid.Taps * channels;
            }
        }
    }

    private static void Panels(
        in PatchWeights weights, in PatchTarget target, in PatchStage stage, in PatchGrid grid, in State state, float* a, int channels, bool add)
    {
        var panel = default(PatchPanel);
        var depth = (nint)channels * grid.Taps;
        var imageStride = stage.ChannelStride * channels;
        int jEnd;
        for (var j = 0; j < grid.Columns; j = jEnd)
        {
            jEnd = PanelEnd<TRung>(j, grid.Columns);
            var vectors = (jEnd - j + TRung.Lanes - 1) / TRung.Lanes;
            var width = vectors * TRung.Lanes;
            panel.Locate(stage, imageStride, grid, target.ImageStride, j, jEnd, width);
            panel.Pack(state.Stage, state.Offsets, depth, state.B, width);
            var direct = panel.IsRun && jEnd - j == width;
            var strip = a;
            for (var i = state.M0; i < state.M1; i += state.Rows)
            {
                var rows = (int)Math.Min(state.Rows, state.M1 - i);
                var c = target.Data + i * target.RowStride;
                var to = direct ? c + panel.To : state.Tile;
                var (rowTo, beta) = direct ? (target.RowStride, add ? 1f : 0f) : (width, 0f);
                if (state.InPlace)
                    TRung.Tile<OnlyBPacked>(rows, vectors, depth, a + i * weights.RowStride, weights.RowStride, state.B, width, to, rowTo, 1, beta);
                else
                    TRung.Tile<BothPacked>(rows, vectors, depth, strip, 1, state.B, width, to, rowTo, 1, beta);
                if (!direct)
                    panel.Scatter(state.Tile, width, rows, c, target.RowStride, add);
                strip += rows * depth;
            }
        }
    }

    // channels per block of sums: part of the result's definition, so from the shape and the plan alone
    private static int BlockChannels(in PatchSource source, GemmPlan plan) =>
        (int)Even(source.Channels, Math.Max(1, plan.NearK * (source.Grids > 1 ? ScatterDepth : 1) * Math.Min(source.Grids, source.Taps) / source.Taps));

    private static int MostTaps(in PatchSource source)
    {
        int rows = 0, columns = 0;
        for (int i = 0, end; i < source.Vertical.Count; i = end)
        {
            end = source.Vertical.GridEnd(i);
            rows = Math.Max(rows, end - i);
        }

        for (int j = 0, end; j < source.Horizontal.Count; j = end)
        {
            end = source.Horizontal.GridEnd(j);
            columns = Math.Max(columns, end - j);
        }

        return rows * columns;
    }

    private static int BlockUnits(in PatchSource source, int channels, int units)
    {
        var images = PatchBlock.TakesImages(source);
        var perUnit = images ? source.Plane : source.GridWidth;
        var stage = new PatchStage(source, images ? source.GridHeight : 1);
        var floats = Math.Max(1, stage.ChannelStride * channels);
        var fit = images ? StageFloats / floats : StageFloats / floats - source.Vertical.MaxShift;
        var columns = BlockColumns / Math.Min(4, source.Grids);
        var most = Math.Clamp(Math.Min(fit, columns / perUnit), 1, images ? Math.Max(1, source.Images) : source.GridHeight);
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
            weights.Pack(source, state.M0, state.M1, state.Rows, c, count, to, state.Tile);
            to += (state.M1 - state.M0) * count * source.Taps;
        }
    }

    private static void FillOffsets(in PatchStage stage, in PatchGrid grid, int channels, int* offsets)
    {
        for (var i = grid.FirstRow; i < grid.EndRow; i++)
        {
            for (var j = grid.FirstColumn; j < grid.EndColumn; j++, offsets++)
            {
                var offset = stage.TapOffset(i, j);
                for (var c = 0; c < channels; c++, offset += stage.ChannelStride)
                {
                    offsets[(nint)c * grid.Taps] = (int)offset;
                }
            }
        }
    }

    // what is there before the first product: the bias, or zeros where a grid has no taps; true when products are to be added to it
    private static bool Begin(in PatchSource source, in PatchTarget target, in PatchBlock block, float* bias, nint m0, nint m1)
    {
        var gaps = source.Channels == 0 || !source.Vertical.Covers(source.TargetHeight) || !source.Horizontal.Covers(source.TargetWidth);
        if (bias == null && !gaps)
            return false;
        var row = block.Row * source.Vertical.Grids;
        var rows = Math.Min(source.TargetHeight - row, block.Rows * source.Vertical.Grids);
        for (var n = 0; n < block.Images; n++)
        {
            for (var m = m0; m < m1; m++)
            {
                var to = target.Data + m * target.RowStride + (block.Image + n) * target.ImageStride + (nint)row * source.TargetWidth;
                new Span<float>(to, rows * source.TargetWidth).Fill(bias == null ? 0 : bias[m]);
            }
        }

        return bias != null;
    }

    private struct State
    {
        public float* Stage, A, B, Tile;
        public int* Offsets;
        public nint M0, M1, Rows;
        public bool InPlace;
    }
}
