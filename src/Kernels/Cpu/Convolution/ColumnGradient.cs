using Engram.Kernels.LinearAlgebra;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Gradient of the images by way of the patches' gradient: dp[grid, (channel, tap)] = Σ over outputs of dy[output, grid] · weight[output, (channel, tap)], some channels at a
/// time, added to the images where each patch was taken. The weights are read as they lie, which pays where they are many and grid elements few: the implicit product turns
/// all of them at every call. With strides it pays longer: there the implicit product writes every second element of the images.
/// </summary>
public static unsafe class ColumnGradient
{
    // weights that outweigh a call's patches
    private const int LeastWeights = 200_000;

    private const int MostGrid = 512, MostUnitGrid = 128;

    // gradients of the patches of a chunk stay in the second-level cache
    private const int ChunkFloats = 128 * 1024;

    /// <summary>Whether this way is the faster one.</summary>
    /// <param name="s">Sizes.</param>
    public static bool Pays(in ConvolutionShape s)
    {
        long grid = (long)s.Batch * s.OutputHeight * s.OutputWidth, weights = (long)s.GroupOutputs * s.GroupChannels * s.Taps;
        bool steps = s.Geometry.StrideHeight * s.Geometry.StrideWidth > 1;
        return s.Taps > 1 && weights >= LeastWeights && grid <= (steps ? MostGrid : MostUnitGrid);
    }

    /// <summary>dx (+)= what dy makes of the images, as <see cref="Convolution.BackwardData"/>; the bits do not depend on the number of threads.</summary>
    /// <param name="plan">Rung and block sizes.</param>
    /// <param name="s">Sizes.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="dx">Gradient of the images.</param>
    /// <param name="accumulate">Add to what dx holds.</param>
    /// <param name="splitter">Threads to use.</param>
    public static void Run(GemmPlan plan, in ConvolutionShape s, float* dy, float* weight, float* dx, bool accumulate, WorkSplitter splitter)
    {
        nint plane = (nint)s.OutputHeight * s.OutputWidth, grid = s.Batch * plane;
        // chunks follow from the shape alone, and so do the sums' order and bits
        var channels = (int)Math.Clamp(ChunkFloats / (Math.Max(1, grid) * s.Taps), 1, s.GroupChannels);
        var chunks = (s.GroupChannels + channels - 1) / channels;
        channels = (s.GroupChannels + chunks - 1) / chunks;
        // the thread's own chunks take the part before it
        var turned = AlignedMemory.OuterScratch(ScratchOf(grid, channels, s.Taps) + grid * s.Outputs) + ScratchOf(grid, channels, s.Taps);
        for (var n = 0; n < s.Batch; n++)
            Transposition.Run(dy + n * plane * s.Outputs, plane, s.Outputs, plane, turned + n * plane * s.Outputs, s.Outputs);
        var body = new Body { Shape = s, Plan = plan, Turned = turned, Weight = weight, Images = dx, Accumulate = accumulate, Channels = channels, Chunks = chunks };
        splitter.Run(s.Geometry.Groups * chunks, ref body);
    }

    // adds the patches that were taken at (i, j) of some channels
    private static void Place(in ConvolutionShape s, float* patch, int channels, int i, int j, float* image)
    {
        var g = s.Geometry;
        var (rowFirst, rowEnd) = Inside(i * g.StrideHeight - g.PaddingHeight, g.DilationHeight, s.KernelHeight, s.Height);
        var (first, end) = Inside(j * g.StrideWidth - g.PaddingWidth, g.DilationWidth, s.KernelWidth, s.Width);
        if (rowFirst >= rowEnd || first >= end)
            return;
        nint line = (nint)g.DilationHeight * s.Width, step = g.DilationWidth, taps = s.Taps, kernel = s.KernelWidth, size = (nint)s.Height * s.Width;
        var to = image + (i * (nint)g.StrideHeight - g.PaddingHeight + rowFirst * (nint)g.DilationHeight) * s.Width + j * (nint)g.StrideWidth - g.PaddingWidth + first * step;
        var from = patch + rowFirst * kernel + first;
        int rows = rowEnd - rowFirst, columns = end - first;
        for (var c = 0; c < channels; c++, from += taps, to += size)
        {
            float* source = from, target = to;
            if (columns == 3 && step == 1)
            {
                for (var a = 0; a < rows; a++, source += kernel, target += line)
                {
                    target[0] += source[0];
                    target[1] += source[1];
                    target[2] += source[2];
                }

                continue;
            }

            for (var a = 0; a < rows; a++, source += kernel, target += line)
            {
                for (var b = 0; b < columns; b++)
                    target[b * step] += source[b];
            }
        }
    }

    // the taps that fall into an image of so many elements
    private static (int First, int End) Inside(int start, int dilation, int taps, int size)
    {
        var first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
        var end = start >= size ? 0 : Math.Min(taps, (size - 1 - start) / dilation + 1);
        return (first, end);
    }

    private static nint ScratchOf(nint grid, int channels, int taps) => (grid * channels * taps + 15) / 16 * 16;

    private struct Body : IChunkBody
    {
        internal ConvolutionShape Shape;
        internal GemmPlan Plan;
        internal float* Turned, Weight, Images;
        internal bool Accumulate;
        internal int Channels, Chunks;

        public readonly void Execute(int chunk)
        {
            ref readonly var s = ref Shape;
            var (group, part) = Math.DivRem(chunk, Chunks);
            int first = part * Channels, count = Math.Min(Channels, s.GroupChannels - first), plane = s.OutputHeight * s.OutputWidth;
            if (count <= 0)
                return;
            var image = Images + (group * (nint)s.GroupChannels + first) * s.Height * s.Width;
            nint imageStride = (nint)s.Channels * s.Height * s.Width, row = (nint)count * s.Taps;
            var patches = AlignedMemory.OuterScratch(ScratchOf((nint)s.Batch * plane, Channels, s.Taps));
            var product = new GemmArgs
            {
                M = s.Batch * plane, N = count * s.Taps, K = s.GroupOutputs, Alpha = 1,
                A = Turned + group * s.GroupOutputs, RowStrideA = s.Outputs, ColStrideA = 1,
                B = Weight + (group * (nint)s.GroupOutputs * s.GroupChannels + first) * s.Taps, RowStrideB = (nint)s.GroupChannels * s.Taps, ColStrideB = 1,
                C = patches, RowStrideC = row,
            };
            Gemm.RunWith(Plan, product, Products.Serial, default(NoEpilogue));
            for (var n = 0; n < s.Batch; n++, image += imageStride)
            {
                if (!Accumulate)
                    new Span<float>(image, count * s.Height * s.Width).Clear();
                for (var i = 0; i < s.OutputHeight; i++)
                {
                    for (var j = 0; j < s.OutputWidth; j++, patches += row)
                        Place(s, patches, count, i, j, image);
                }
            }
        }
    }
}
