using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using static Engram.Kernels.Cpu.BlockSizes;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The forward pass and the gradient of the images by <see cref="Winograd"/>'s algorithm. Weights are transformed once, in strips of outputs; then, some lines of tiles at a time, the image is transformed, each place is
/// one matrix product [outputs, channels] · [channels, tiles], and the results are transformed back.
/// </summary>
internal static unsafe class WinogradProduct<TRung, TFilter>
    where TRung : struct, IGemmRung
    where TFilter : struct, IWinogradFilter
{
    // transformed images and products of a block stay near the second-level cache
    private const int BlockFloats = 128 * 1024;

    // channels of a block of sums
    private const int BlockChannels = 512;

    // multiply-adds that outweigh waking a thread
    private const double LeastWork = 1e6;

    // places of transformed kernels
    private const int KernelPlaces = 16;

    private static int Products => TFilter.Side * TFilter.Side;

    private static int ImagePlaces => TFilter.ImageSide * TFilter.ImageSide;

    private static int PanelWidth => TRung.WideVectors * TRung.Lanes;

    /// <summary>All groups of a layer; what is given is the first group.</summary>
    public static void Run(WorkSplitter splitter, int groups, in WinogradLayer layer)
    {
        var strip = (int)Even(layer.Outputs, TRung.WideRows);
        var strips = (layer.Outputs + strip - 1) / strip;
        var place = PlaceFloats(layer, strip, strips);
        // lines of tiles that are not cut apart
        var unit = TFilter.WholeImages ? layer.TileRows : 1;
        var work = (double)Products * layer.Lines * layer.TileColumns * layer.Outputs * layer.Channels;
        var parts = splitter.Threads == 1 || groups >= 2 * splitter.Threads ? 1 : (int)Math.Clamp(work / LeastWork, 1, Math.Max(1, 2 * splitter.Threads / groups));
        // a part of fewer tiles would fill no vectors, and each reads all weights; where tiles are few, outputs are cut instead, once a thread, for each part transforms the images
        var columnParts = Math.Min(parts, (int)Math.Clamp((nint)layer.Lines * layer.TileColumns / (2 * TRung.Lanes), 1, Math.Max(1, layer.Lines / unit)));
        if (columnParts < parts)
            parts = Math.Max(columnParts, Math.Min(parts, splitter.Threads / groups));
        var body = new Body
        {
            First = layer, Weights = AlignedMemory.OuterScratch(groups * KernelPlaces * place), Place = place, Strip = strip, Strips = strips, Unit = unit,
            RowParts = Math.Clamp(parts / columnParts, 1, strips), ColumnParts = columnParts, Groups = groups,
        };
        // strips of weights, some to a chunk
        body.Transforming = true;
        body.Chunks = splitter.Threads == 1 ? 1 : (int)Math.Clamp((double)groups * layer.Outputs * layer.Channels * KernelPlaces / LeastWork, 1, Math.Min(groups * strips, 2 * splitter.Threads));
        splitter.Run(body.Chunks, ref body);
        body.Transforming = false;
        splitter.Run(groups * body.RowParts * columnParts, ref body);
    }

    // transformed weights of a place; places keep out of each other's sets of the first-level cache
    private static nint PlaceFloats(in WinogradLayer layer, int strip, int strips) => Round((nint)strips * strip * layer.Channels) + 16;

    private struct Body : IChunkBody
    {
        internal WinogradLayer First;
        internal float* Weights;
        internal nint Place;
        internal int Strip, Strips, Unit, RowParts, ColumnParts, Groups, Chunks;
        internal bool Transforming;

        public readonly void Execute(int chunk)
        {
            if (Transforming)
            {
                var (first, end) = WorkSplitter.SplitRange(Groups * Strips, Chunks, chunk);
                for (var i = first; i < end; i++)
                {
                    var (group, strip) = Math.DivRem((int)i, Strips);
                    TransformWeights(First.OfGroup(group), strip * Strip, Weights + (nint)group * KernelPlaces * Place);
                }

                return;
            }

            var (g, part) = Math.DivRem(chunk, RowParts * ColumnParts);
            var layer = First.OfGroup(g);
            var (m0, m1) = WorkSplitter.SplitRange(layer.Outputs, RowParts, part / ColumnParts, Strip);
            var (u0, u1) = WorkSplitter.SplitRange(layer.Lines, ColumnParts, part % ColumnParts, Unit);
            if (m0 < m1 && u0 < u1)
                Lines(layer, Weights + (nint)g * KernelPlaces * Place, (int)m0, (int)m1, (int)u0, (int)u1);
        }

        // strip after strip of a place: to[channel · rows + output]
        private readonly void TransformWeights(in WinogradLayer layer, int output, float* to)
        {
            const int Taps = 9, Ahead = 64, Early = 8;
            var rows = Math.Min(Strip, layer.Outputs - output);
            var turned = AlignedMemory.Scratch(Ahead * Taps * rows + 16);
            var from = layer.Weight + output * layer.WeightRow;
            to += (nint)output * layer.Channels;
            for (var c0 = 0; c0 < layer.Channels; c0 += Ahead)
            {
                var count = Math.Min(Ahead, layer.Channels - c0);
                if (layer.WeightChannel == Taps)
                {
                    GemmPacking.Strip(from + (nint)c0 * Taps, layer.WeightRow, 1, rows, (nint)count * Taps, turned, rows);
                }
                else
                {
                    for (var c = 0; c < count; c++)
                    {
                        // these kernels and the next channel's lie pages apart: no hardware foresees them
                        var far = from + (c0 + c + Early) * layer.WeightChannel;
                        for (nint i = 0; i <= rows * Taps && Sse.IsSupported; i += 16)
                            Sse.Prefetch0(far + i);
                        GemmPacking.Strip(from + (c0 + c) * layer.WeightChannel, layer.WeightRow, 1, rows, Taps, turned + (nint)c * Taps * rows, rows);
                    }
                }

                var first = layer.Turned ? turned + 8 * rows : turned;
                nint tap = layer.Turned ? -rows : rows;
                for (var c = 0; c < count; c++, first += Taps * rows, to += rows)
                {
                    // what a lane holds beside the rows is overwritten by the next channel; behind the last channel another strip begins
                    TFilter.Kernel<Lane8>(first, tap, to, Place, c0 + c == layer.Channels - 1 ? rows : Lane8.Count);
                }
            }
        }

        private readonly void Lines(in WinogradLayer layer, float* weights, int m0, int m1, int u0, int u1)
        {
            int tiles = layer.TileColumns, rows = m1 - m0, lane = WinogradTransforms.LaneOf(tiles);
            var fit = BlockFloats / (ImagePlaces * layer.Channels + Products * rows) / PanelWidth * PanelWidth;
            var most = Math.Min(Math.Max(1, Math.Max(fit, PanelWidth) / tiles / Unit) * Unit, u1 - u0);
            var pitch = Round((nint)most * tiles);
            // a vector may reach beyond the last line
            nint imagePlace = layer.Channels * pitch + 16, resultPlace = rows * pitch + 16;
            // a line of tiles is some lines of half a transform, with zeros around and lanes to spare
            nint line = Round(TFilter.Step * (tiles + lane) + TFilter.Extent), halves = most * TFilter.ImageSide * line, others = Round(layer.Width) + TFilter.Scratch(layer);
            var memory = AlignedMemory.Scratch(ImagePlaces * imagePlace + Products * resultPlace + halves + others);
            var results = memory + ImagePlaces * imagePlace;
            var scratch = results + Products * resultPlace;
            var zeros = scratch + halves;
            new Span<float>(scratch, checked((int)(halves + others))).Clear();
            for (int u = u0, end; u < u1; u = end)
            {
                end = Math.Min(u + most, u1);
                Images(lane, layer, u, end, memory, imagePlace, pitch, scratch, line, zeros);
                for (var v = 0; v < TFilter.Side; v++)
                {
                    for (var h = 0; h < TFilter.Side; h++)
                    {
                        var from = memory + (TFilter.ImageRow(v) * TFilter.ImageSide + TFilter.ImageRow(h)) * imagePlace;
                        var to = results + (v * TFilter.Side + h) * resultPlace;
                        Multiply(layer, weights + (TFilter.KernelRow(v) * 4 + TFilter.KernelRow(h)) * Place, m0, m1, from, to, pitch, (end - u) * tiles);
                    }
                }

                Results(lane, layer, m0, m1, u, end, results, resultPlace, pitch, zeros + Round(layer.Width));
            }
        }

        private static void Images(int lane, in WinogradLayer layer, int u0, int u1, float* to, nint place, nint pitch, float* scratch, nint line, float* zeros)
        {
            if (lane == 16)
                ImagesOf<Lane16>(layer, u0, u1, to, place, pitch, scratch, line, zeros);
            else if (lane == 8)
                ImagesOf<Lane8>(layer, u0, u1, to, place, pitch, scratch, line, zeros);
            else
                ImagesOf<Lane4>(layer, u0, u1, to, place, pitch, scratch, line, zeros);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void ImagesOf<T>(in WinogradLayer layer, int u0, int u1, float* to, nint place, nint pitch, float* scratch, nint line, float* zeros)
            where T : struct, ILane<T>
        {
            int tiles = layer.TileColumns, width = layer.Width, rows = layer.TileRows, padding = TFilter.WholeImages ? 0 : layer.PaddingHeight;
            var d = stackalloc float*[TFilter.Extent];
            nint plane = (nint)layer.Height * width, jump = TFilter.ImageSide * line;
            var (firstImage, firstRow) = Math.DivRem(u0, rows);
            var first = layer.Input + firstImage * layer.ImageStride;
            for (var c = 0; c < layer.Channels; c++, first += plane, to += pitch)
            {
                // all lines' first halves, then all second halves: what was just written is not read back at another place before it has left for the cache
                var row = firstRow;
                float* from = first, at = scratch + (TFilter.WholeImages ? 0 : layer.PaddingWidth);
                for (var u = u0; u < u1; u++, at += jump)
                {
                    for (var i = 0; i < TFilter.Extent; i++)
                    {
                        var y = TFilter.Step * row + i - padding;
                        d[i] = (uint)y < (uint)layer.Height ? from + (nint)y * width : zeros;
                    }

                    // as many lines of a channel to come, pages away
                    var far = d[1] == zeros || c + 2 >= layer.Channels ? d[1] : d[1] + 2 * plane;
                    for (var i = 0; i < TFilter.Step * width && Sse.IsSupported; i += 16)
                        Sse.Prefetch0(far + i);
                    TFilter.ImageLines<T>(d, width, at, line);
                    if (++row == rows)
                    {
                        row = 0;
                        from += layer.ImageStride;
                    }
                }

                at = scratch;
                for (var u = u0; u < u1; u++, at += jump)
                    TFilter.ImageColumns<T>(at, line, tiles, to + (u - u0) * tiles, place);
            }
        }

        private readonly void Multiply(in WinogradLayer layer, float* weights, int m0, int m1, float* images, float* results, nint pitch, int columns)
        {
            var depth = Even(layer.Channels, BlockChannels);
            for (nint p = 0; p < layer.Channels; p += depth)
            {
                var k = Math.Min(depth, layer.Channels - p);
                int jEnd;
                for (var j = 0; j < columns; j = jEnd)
                {
                    jEnd = PanelEnd<TRung>(j, columns);
                    var vectors = (jEnd - j + TRung.Lanes - 1) / TRung.Lanes;
                    for (var i = m0; i < m1; i += Strip)
                    {
                        var rows = Math.Min(Strip, m1 - i);
                        TRung.Tile<OnlyAPacked>(
                            rows, vectors, k, weights + (nint)i * layer.Channels + p * rows, 1, images + p * pitch + j, pitch, results + (i - m0) * pitch + j, pitch, 1, p == 0 ? 0 : 1);
                    }
                }
            }
        }

        private static void Results(int lane, in WinogradLayer layer, int m0, int m1, int u0, int u1, float* results, nint place, nint pitch, float* scratch)
        {
            if (lane == 16)
                ResultsOf<Lane16>(layer, m0, m1, u0, u1, results, place, pitch, scratch);
            else if (lane == 8)
                ResultsOf<Lane8>(layer, m0, m1, u0, u1, results, place, pitch, scratch);
            else
                ResultsOf<Lane4>(layer, m0, m1, u0, u1, results, place, pitch, scratch);
        }

        private static void ResultsOf<T>(in WinogradLayer layer, int m0, int m1, int u0, int u1, float* results, nint place, nint pitch, float* scratch)
            where T : struct, ILane<T>
        {
            var plane = (nint)layer.OutputHeight * layer.OutputWidth;
            for (var m = m0; m < m1; m++, results += pitch)
            {
                var bias = layer.Bias == null ? 0 : layer.Bias[m];
                for (int u = u0, end; u < u1; u = end)
                {
                    var (image, row) = Math.DivRem(u, layer.TileRows);
                    end = Math.Min(u1, u - row + layer.TileRows);
                    TFilter.Results<T>(layer, results + (nint)(u - u0) * layer.TileColumns, place, row, end - u, bias, layer.Output + image * layer.OutputStride + m * plane, scratch);
                }
            }
        }
    }
}
