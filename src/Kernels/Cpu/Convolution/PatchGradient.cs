using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Engram.Kernels.Cpu.BlockSizes;

namespace Engram.Kernels.Cpu;

/// <summary>
/// dweight[output, (channel, tap)] (+)= Σ over grid elements of dy[output, grid] · patches[(channel, tap), grid]. Blocks of grid elements
/// follow from the shape and are added in their order, whatever part of the weights is worked: no cut between threads changes a bit.
/// Few outputs are dot products along the grid; for many, patches are transposed into panels and outer-product tiles do the work.
/// </summary>
internal static unsafe class PatchGradient<TRung>
    where TRung : struct, IGemmRung
{
    // patches of a block of channels, floats
    private const int PatchFloats = 96 * 1024;

    // from this many outputs on, transposing the patches costs less than the ends of dot products
    private const int OuterOutputs = 96;

    /// <summary>Grid elements of a block.</summary>
    private const int BlockColumns = 512;

    /// <summary>Works outputs m0 … m1 and channels c0 … c1.</summary>
    /// <param name="source">The patches, results as the grid.</param>
    /// <param name="dy">Gradient of the results: output 0 of image 0 of the group.</param>
    /// <param name="dyImageStride">Floats from image to image in dy.</param>
    /// <param name="gradient">dweight of the group.</param>
    /// <param name="outputs">Outputs of the group.</param>
    /// <param name="add">Add to what the gradient holds.</param>
    /// <param name="m0">First output.</param>
    /// <param name="m1">Behind the last output.</param>
    /// <param name="c0">First channel.</param>
    /// <param name="c1">Behind the last channel.</param>
    /// <param name="unit">First unit of the grid.</param>
    /// <param name="unitEnd">Behind the last unit of the grid, of <see cref="PatchBlock.Units(in PatchSource)"/>.</param>
    public static void Run(
        in PatchSource source, float* dy, nint dyImageStride, float* gradient, int outputs, bool add, nint m0, nint m1, int c0, int c1, int unit, int unitEnd)
    {
        var images = PatchBlock.TakesImages(source);
        var perUnit = images ? source.Plane : source.GridWidth;
        var most = (int)Even(images ? source.Images : source.GridHeight, Math.Max(1, BlockColumns / perUnit));
        var outer = outputs >= OuterOutputs;
        var pitch = (nint)most * perUnit / 16 * 16 + 32;
        var channels = (int)Even(c1 - c0, Math.Max(1, PatchFloats / (pitch * source.Taps)));
        var depth = channels * source.Taps;
        var width = TRung.WideVectors * TRung.Lanes;
        var largest = images ? new PatchBlock(0, most, 0, source.GridHeight) : new PatchBlock(0, 1, 0, most);
        var stageSize = new PatchStage(source, largest.Rows).ChannelStride * channels * largest.Images + PatchStage.Slack;
        var memory = AlignedMemory.Scratch(Round(stageSize) + depth * pitch + (m1 - m0) * pitch + (outer ? pitch * width : 0) + Round(TRung.MaxRows * width));
        var patches = memory + Round(stageSize);
        var results = patches + depth * pitch;
        var panel = results + (m1 - m0) * pitch;
        var tile = panel + (outer ? pitch * width : 0);
        var state = new State
        {
            Patches = patches, Results = results, Panel = panel, Tile = tile, Pitch = pitch, M0 = m0, M1 = m1,
            Rows = Even(m1 - m0, outer ? TRung.WideRows : TRung.MaxDotRows),
            RowStride = (nint)source.Channels * source.Taps,
        };

        for (var first = unit; unit < unitEnd;)
        {
            var block = PatchBlock.At(source, unit, unitEnd, most);
            state.Add = add || unit > first;
            unit += block.Length(source);
            state.Count = (nint)block.Images * block.Rows * source.GridWidth;
            if (outer)
                PackResults(source, block, dy, dyImageStride, state);
            else
                CopyResults(source, block, dy, dyImageStride, state);
            for (var c = c0; c < c1; c += channels)
            {
                var count = Math.Min(channels, c1 - c);
                var stage = new PatchStage(source, block.Rows);
                stage.Fill(memory, block.Image, block.Images, block.Row, c, count);
                CopyPatches(source, stage, block, memory, count, state);
                var to = gradient + (nint)c * source.Taps;
                if (outer)
                    Tiles(state, count * source.Taps, to);
                else
                    Dots(state, count * source.Taps, to);
            }
        }
    }

    private static void Dots(in State s, int columns, float* to)
    {
        var depth = Round(s.Count);
        for (var j = 0; j < columns;)
        {
            var count = Math.Min(4, columns - j);
            for (var i = s.M0; i < s.M1; i += s.Rows)
            {
                TRung.Dot(
                    (int)Math.Min(s.Rows, s.M1 - i), count, depth, s.Results + (i - s.M0) * s.Pitch, s.Pitch, s.Patches + j * s.Pitch, s.Pitch,
                    to + i * s.RowStride + j, s.RowStride, 1, s.Add ? 1 : 0);
            }

            j += count;
        }
    }

    private static void Tiles(in State s, int columns, float* to)
    {
        int jEnd;
        for (var j = 0; j < columns; j = jEnd)
        {
            jEnd = PanelEnd<TRung>(j, columns);
            var vectors = (jEnd - j + TRung.Lanes - 1) / TRung.Lanes;
            var width = vectors * TRung.Lanes;
            GemmPacking.Strip(s.Patches + j * s.Pitch, s.Pitch, 1, jEnd - j, s.Count, s.Panel, width);
            for (var i = s.M0; i < s.M1; i += s.Rows)
            {
                var rows = (int)Math.Min(s.Rows, s.M1 - i);
                var a = s.Results + (i - s.M0) * s.Count;
                var c = to + i * s.RowStride + j;
                if (jEnd - j == width)
                {
                    TRung.Tile<BothPacked>(rows, vectors, s.Count, a, 1, s.Panel, width, c, s.RowStride, 1, s.Add ? 1 : 0);
                    continue;
                }

                TRung.Tile<BothPacked>(rows, vectors, s.Count, a, 1, s.Panel, width, s.Tile, width, 1, 0);
                for (var r = 0; r < rows; r++)
                {
                    for (var q = 0; q < jEnd - j; q++)
                    {
                        ref var d = ref c[r * s.RowStride + q];
                        d = s.Add ? d + s.Tile[r * width + q] : s.Tile[r * width + q];
                    }
                }
            }
        }
    }

    // rows of dy, one after the other and filled up with zeros to whole vectors
    private static void CopyResults(in PatchSource source, in PatchBlock block, float* dy, nint imageStride, in State s)
    {
        var run = block.Rows * source.GridWidth;
        for (var i = s.M0; i < s.M1; i++)
        {
            var to = s.Results + (i - s.M0) * s.Pitch;
            var from = dy + block.Image * imageStride + i * source.Plane + block.Row * source.GridWidth;
            for (var n = 0; n < block.Images; n++, from += imageStride, to += run)
            {
                new ReadOnlySpan<float>(from, run).CopyTo(new Span<float>(to, run));
            }

            new Span<float>(to, (int)(Round(s.Count) - s.Count)).Clear();
        }
    }

    // strips of dy: to[p * rows + i]
    private static void PackResults(in PatchSource source, in PatchBlock block, float* dy, nint imageStride, in State s)
    {
        var run = block.Rows * source.GridWidth;
        for (var i = s.M0; i < s.M1; i += s.Rows)
        {
            var rows = (int)Math.Min(s.Rows, s.M1 - i);
            var to = s.Results + (i - s.M0) * s.Count;
            var from = dy + block.Image * imageStride + i * source.Plane + block.Row * source.GridWidth;
            for (var n = 0; n < block.Images; n++, from += imageStride, to += run * rows)
            {
                GemmPacking.Strip(from, source.Plane, 1, rows, run, to, rows);
            }
        }
    }

    private static void CopyPatches(in PatchSource source, in PatchStage stage, in PatchBlock block, float* staged, int channels, in State s)
    {
        // lines without a gap between them are one line
        var merged = stage.Columns == source.GridWidth;
        var (lines, width) = merged ? (1, block.Rows * source.GridWidth) : (block.Rows, source.GridWidth);
        var row = s.Patches;
        for (var c = 0; c < channels; c++, staged += stage.ChannelStride)
        {
            for (var i = 0; i < source.Vertical.Count; i++)
            {
                for (var j = 0; j < source.Horizontal.Count; j++, row += s.Pitch)
                {
                    var from = staged + stage.TapOffset(i, j);
                    var to = row;
                    for (var n = 0; n < block.Images; n++, from += stage.ChannelStride * channels, to += lines * width)
                    {
                        CopyLines(from, stage.Columns, lines, width, to);
                    }

                    new Span<float>(to, (int)(Round(s.Count) - s.Count)).Clear();
                }
            }
        }
    }

    // whole vectors: what is written too much is overwritten by the next line or lies in the gap between rows
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyLines(float* from, nint pitch, int lines, int width, float* to)
    {
        if (width <= 4)
        {
            for (var r = 0; r < lines; r++, from += pitch, to += width)
            {
                Vector128.Load(from).Store(to);
            }

            return;
        }

        if (width <= 8)
        {
            for (var r = 0; r < lines; r++, from += pitch, to += width)
            {
                Vector256.Load(from).Store(to);
            }

            return;
        }

        for (var r = 0; r < lines; r++, from += pitch, to += width)
        {
            for (var i = 0; i < width; i += 16)
            {
                Vector512.Load(from + i).Store(to + i);
            }
        }
    }

    private struct State
    {
        public float* Patches, Results, Panel, Tile;
        public nint Pitch, Count, M0, M1, Rows, RowStride;
        public bool Add;
    }
}
