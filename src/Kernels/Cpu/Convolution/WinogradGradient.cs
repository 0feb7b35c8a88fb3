using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Engram.Kernels.Cpu.BlockSizes;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The gradient of the weights by <see cref="Winograd"/>'s algorithm: image by image, planes are turned so that channels (of results: outputs) are neighbours, tiles transformed into panels and strips, and each place is one
/// matrix product [outputs, tiles] · [tiles, channels] that is added up over blocks of tiles. Blocks follow from the shape.
/// </summary>
internal static unsafe class WinogradGradient<TRung, TTile>
    where TRung : struct, IGemmRung
    where TTile : struct, IWinogradTile
{
    // tiles of a block: the sums are read and written once for so many
    private const int BlockTiles = 128;

    // multiply-adds that outweigh waking a thread
    private const double LeastWork = 1e6;

    // places of results and of sums
    private const int Places = 16;

    private static int ImagePlaces => TTile.ImageSide * TTile.ImageSide;

    private static int PanelWidth => TRung.WideVectors * TRung.Lanes;

    public static void Run(in ConvolutionShape s, float* dy, float* x, float* dweight, bool accumulate, WorkSplitter splitter)
    {
        int groups = s.Geometry.Groups, threads = splitter.Threads;
        var work = 4.0 * s.Batch * s.OutputHeight * s.OutputWidth * s.GroupOutputs * s.GroupChannels;
        var parts = threads == 1 || groups >= 2 * threads ? 1 : (int)Math.Clamp(work / LeastWork, 1, Math.Max(1, 2 * threads / groups));
        // an output's part of the transforms is less than a channel's: four products less per tile
        var outputs = Math.Clamp(parts, 1, Math.Max(1, s.GroupOutputs / TRung.WideRows));
        var body = new Body
        {
            Shape = s, Results = dy, Images = x, Gradient = dweight, Accumulate = accumulate, OutputParts = outputs,
            ChannelParts = Math.Clamp(parts / outputs, 1, Math.Max(1, s.GroupChannels / PanelWidth)),
        };
        splitter.Run(groups * body.OutputParts * body.ChannelParts, ref body);
    }

    private struct Body : IChunkBody
    {
        internal ConvolutionShape Shape;
        internal float* Results, Images, Gradient;
        internal bool Accumulate;
        internal int OutputParts, ChannelParts;

        public readonly void Execute(int chunk)
        {
            ref readonly var s = ref Shape;
            var (group, part) = Math.DivRem(chunk, OutputParts * ChannelParts);
            var (m0, m1) = WorkSplitter.SplitRange(s.GroupOutputs, OutputParts, part / ChannelParts, TRung.WideRows);
            var (c0, c1) = WorkSplitter.SplitRange(s.GroupChannels, ChannelParts, part % ChannelParts, PanelWidth);
            if (m0 == m1 || c0 == c1)
                return;
            var piece = new Piece(s, group, (int)m0, (int)(m1 - m0), (int)c0, (int)(c1 - c0));
            if (s.Batch == 0)
            {
                if (!Accumulate)
                    piece.Clear(Gradient);
                return;
            }

            piece.Allocate();
            var lines = s.Batch * piece.TileRows;
            for (int u = 0, end; u < lines; u = end)
            {
                end = Math.Min(u + piece.BlockLines, lines);
                piece.Transform(Images, Results, u, end);
                piece.Multiply((end - u) * piece.TileColumns, u > 0);
            }

            piece.Finish(Gradient, Accumulate);
        }
    }

    // some outputs and channels of a group, and the memory for a block of tiles
    private struct Piece
    {
        private readonly ConvolutionShape shape;
        private readonly int group, firstOutput, outputs, firstChannel, channels, strip, channelPitch, outputPitch, imageLines, imageColumns;
        private readonly nint imagePlace, resultPlace, sumPlace;
        private float* images, results, sums, turnedImage, turnedResult;

        public Piece(in ConvolutionShape s, int group, int firstOutput, int outputs, int firstChannel, int channels)
        {
            shape = s;
            (this.group, this.firstOutput, this.outputs, this.firstChannel, this.channels) = (group, firstOutput, outputs, firstChannel, channels);
            strip = (int)Even(outputs, TRung.WideRows);
            channelPitch = (channels + TRung.Lanes - 1) / TRung.Lanes * TRung.Lanes;
            outputPitch = (int)Round(outputs);
            (TileRows, TileColumns) = ((s.OutputHeight + 1) / 2, (s.OutputWidth + 1) / 2);
            BlockLines = (int)Even(s.Batch * TileRows, Math.Max(1, BlockTiles / TileColumns));
            (imageLines, imageColumns) = (TTile.Step * (Math.Min(BlockLines, TileRows) - 1) + TTile.Extent, TTile.Step * (TileColumns - 1) + TTile.Extent);
            // places keep out of each other's sets of the first-level cache
            imagePlace = (nint)BlockLines * TileColumns * channelPitch + 16;
            resultPlace = Round((outputs + strip - 1) / strip * StripFloats(BlockLines * TileColumns)) + 16;
            sumPlace = (nint)outputs * channelPitch + 16;
        }

        public int TileRows { get; }

        public int TileColumns { get; }

        public int BlockLines { get; }

        private readonly nint GradientAt => (((nint)group * shape.GroupOutputs + firstOutput) * shape.GroupChannels + firstChannel) * shape.Taps;

        public void Allocate()
        {
            nint turnedImages = Round((nint)imageLines * imageColumns * channelPitch), turnedResults = Round((nint)(2 * Math.Min(BlockLines, TileRows)) * (2 * TileColumns) * outputPitch) + 16;
            var memory = AlignedMemory.Scratch(ImagePlaces * imagePlace + Places * (resultPlace + sumPlace) + turnedImages + turnedResults);
            images = memory;
            results = images + ImagePlaces * imagePlace;
            sums = results + Places * resultPlace;
            turnedImage = sums + Places * sumPlace;
            turnedResult = turnedImage + turnedImages;
            // lanes without a channel or an output are computed along: on numbers
            new Span<float>(turnedImage, checked((int)(turnedImages + turnedResults))).Clear();
        }

        public readonly void Clear(float* gradient)
        {
            for (var m = 0; m < outputs; m++)
                new Span<float>(gradient + GradientAt + (nint)m * shape.GroupChannels * shape.Taps, channels * shape.Taps).Clear();
        }

        /// <summary>Tiles of the lines u0 … u1, counted over all images.</summary>
        public readonly void Transform(float* x, float* dy, int u0, int u1)
        {
            for (int u = u0, end; u < u1; u = end)
            {
                var (image, row) = Math.DivRem(u, TileRows);
                end = Math.Min(u1, u - row + TileRows);
                Turn(x, image, row, end - u);
                TurnResults(dy, image, row, end - u);
                Spread((u - u0) * TileColumns, (u1 - u0) * TileColumns, end - u);
            }
        }

        /// <summary>sums (+)= results · images for each place.</summary>
        public readonly void Multiply(int tiles, bool add)
        {
            for (var v = 0; v < TTile.ImageSide; v++)
            {
                for (var h = 0; h < TTile.ImageSide; h++)
                {
                    var (row, column) = (TTile.KernelRow(v), TTile.KernelRow(h));
                    Multiply(
                        tiles, results + (TTile.ResultRow(v) * 4 + TTile.ResultRow(h)) * resultPlace, images + (v * TTile.ImageSide + h) * imagePlace,
                        sums + (row * 4 + column) * sumPlace, add || row != v || column != h);
                }
            }
        }

        private readonly void Multiply(int tiles, float* a, float* b, float* to, bool add)
        {
            int jEnd;
            for (var j = 0; j < channelPitch; b += (jEnd - j) * (nint)tiles, j = jEnd)
            {
                jEnd = PanelEnd<TRung>(j, channelPitch);
                for (var i = 0; i < outputs; i += strip)
                {
                    TRung.Tile<BothPacked>(
                        Math.Min(strip, outputs - i), (jEnd - j) / TRung.Lanes, tiles, a + i / strip * StripFloats(tiles), 1, b, jEnd - j, to + (nint)i * channelPitch + j, channelPitch, 1, add ? 1 : 0);
                }
            }
        }

        /// <summary>The sums back into gradients of taps.</summary>
        public readonly void Finish(float* gradient, bool add)
        {
            if (Vector512.IsHardwareAccelerated)
                FinishOf<Lane16>(gradient, add);
            else if (Vector256.IsHardwareAccelerated)
                FinishOf<Lane8>(gradient, add);
            else
                FinishOf<Lane4>(gradient, add);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void FinishOf<T>(float* gradient, bool add)
            where T : struct, ILane<T>
        {
            const int Taps = 9;
            var taps = stackalloc float[2 * Taps * T.Count];
            var turned = taps + Taps * T.Count;
            for (var m = 0; m < outputs; m++)
            {
                var to = gradient + GradientAt + (nint)m * shape.GroupChannels * Taps;
                for (var c = 0; c < channels; c += T.Count, to += Taps * T.Count)
                {
                    TTile.KernelGradient<T>(sums + (nint)m * channelPitch + c, sumPlace, taps, T.Count);
                    var count = Math.Min(T.Count, channels - c);
                    if (!add && count == T.Count)
                    {
                        Transposition.Run(taps, T.Count, Taps, T.Count, to, Taps);
                        continue;
                    }

                    Transposition.Run(taps, T.Count, Taps, T.Count, turned, Taps);
                    for (var i = 0; i < count * Taps; i++)
                        to[i] = add ? to[i] + turned[i] : turned[i];
                }
            }
        }

        // the image lines under some lines of tiles, channels side by side, zeros around the image
        private readonly void Turn(float* x, int image, int row, int rows)
        {
            ref readonly var s = ref shape;
            var from = x + ((nint)image * s.Channels + group * s.GroupChannels + firstChannel) * s.Height * s.Width;
            // what lies beyond the last tile is not turned
            var width = Math.Min(s.Width, imageColumns - s.Geometry.PaddingWidth);
            TurnLines(
                from, s.Height, s.Width, width, TTile.Step * row - s.Geometry.PaddingHeight, TTile.Step * (rows - 1) + TTile.Extent, channels, turnedImage + s.Geometry.PaddingWidth * channelPitch, imageColumns, channelPitch);
        }

        private readonly void TurnResults(float* dy, int image, int row, int rows)
        {
            ref readonly var s = ref shape;
            var from = dy + ((nint)image * s.Outputs + group * s.GroupOutputs + firstOutput) * s.OutputHeight * s.OutputWidth;
            TurnLines(from, s.OutputHeight, s.OutputWidth, s.OutputWidth, 2 * row, 2 * rows, outputs, turnedResult, 2 * TileColumns, outputPitch);
        }

        // lines of planes, some of them outside: to[(line · columns + column) · pitch + plane]
        private static void TurnLines(float* from, int height, int stride, int width, int first, int lines, int planes, float* to, nint columns, nint pitch)
        {
            nint plane = (nint)height * stride;
            for (var i = 0; i < lines; i++)
            {
                if ((uint)(first + i) >= (uint)height)
                    new Span<float>(to + i * columns * pitch, (int)(width * pitch)).Clear();
            }

            // sixteen planes at a time: each is then read in one piece
            var (begin, end) = (Math.Max(0, -first), Math.Min(lines, height - first));
            for (var c = 0; c < planes; c += 16)
            {
                for (var i = begin; i < end; i++)
                    Transposition.Run(from + c * plane + (nint)(first + i) * stride, plane, Math.Min(16, planes - c), width, to + i * columns * pitch + c, pitch);
            }
        }

        // transforms what is turned: tiles from `first` on, of a block of so many
        private readonly void Spread(int first, int tiles, int rows)
        {
            int jEnd;
            nint line = (nint)imageColumns * channelPitch;
            for (var j = 0; j < channelPitch; j = jEnd)
            {
                jEnd = PanelEnd<TRung>(j, channelPitch);
                for (var v = j; v < jEnd; v += TRung.Lanes)
                {
                    var to = images + j * (nint)tiles + first * (nint)(jEnd - j) + (v - j);
                    if (typeof(TRung) == typeof(GemmRung512))
                        SpreadImages<Lane16>(turnedImage + v, line, rows, to, jEnd - j);
                    else if (typeof(TRung) == typeof(GemmRung256))
                        SpreadImages<Lane8>(turnedImage + v, line, rows, to, jEnd - j);
                    else
                        SpreadImages<Lane4>(turnedImage + v, line, rows, to, jEnd - j);
                }
            }

            line = 2 * (nint)TileColumns * outputPitch;
            for (var i = 0; i < outputs; i += strip)
            {
                var height = Math.Min(strip, outputs - i);
                SpreadResults(turnedResult + i, line, rows, results + i / strip * StripFloats(tiles) + first * height, height);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void SpreadImages<T>(float* from, nint line, int rows, float* to, nint step)
            where T : struct, ILane<T>
        {
            for (var r = 0; r < rows; r++, from += TTile.Step * line)
            {
                var at = from;
                for (var t = 0; t < TileColumns; t++, at += TTile.Step * channelPitch, to += step)
                    TTile.ImageTile<T>(at, channelPitch, line, to, imagePlace);
            }
        }

        // what a lane holds beside the strip's rows is overwritten by the next tile, and goes into a gap behind the last one
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void SpreadResults(float* from, nint line, int rows, float* to, nint step)
        {
            for (var r = 0; r < rows; r++, from += 2 * line)
            {
                var at = from;
                for (var t = 0; t < TileColumns; t++, at += 2 * outputPitch, to += step)
                    TTile.ResultTile<Lane8>(at, outputPitch, line, to, resultPlace);
            }
        }

        private readonly nint StripFloats(int tiles) => (nint)strip * tiles + Lane8.Count;
    }
}
