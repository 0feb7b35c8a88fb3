namespace Engram.Kernels.Cpu;

/// <summary>
/// The left operand of a patch product: element (row, channel, tap) at Data + row·RowStride + channel·ChannelStride + the tap's place in
/// the kernel.
/// </summary>
internal unsafe struct PatchWeights
{
    /// <summary>Element (0, 0, 0).</summary>
    public float* Data;

    /// <summary>Floats from row to row and from channel to channel.</summary>
    public nint RowStride, ChannelStride;

    /// <summary>Taps of the whole kernel and columns of it.</summary>
    public int KernelTaps, KernelWidth;

    /// <summary>True when a row's elements lie in the order in which the product runs through them.</summary>
    public readonly bool InOrder(in PatchSource source) => source.Taps == KernelTaps && ChannelStride == KernelTaps;

    /// <summary>Copies rows and channels into kernel order: to[p · rows + i] for the p-th (channel, tap).</summary>
    public readonly void Pack(in PatchSource source, nint row, int rows, int channel, int channels, float* to)
    {
        var from = Data + row * RowStride + channel * ChannelStride;
        if (InOrder(source))
        {
            GemmPacking.Strip(from, RowStride, 1, rows, (nint)channels * KernelTaps, to, rows);
            return;
        }

        for (var c = 0; c < channels; c++, from += ChannelStride)
        {
            if (source.Taps == KernelTaps)
            {
                GemmPacking.Strip(from, RowStride, 1, rows, KernelTaps, to, rows);
                to += (nint)rows * KernelTaps;
                continue;
            }

            for (var i = 0; i < source.Vertical.Count; i++)
            {
                for (var j = 0; j < source.Horizontal.Count; j++, to += rows)
                {
                    var tap = from + source.Vertical.Tap(i) * KernelWidth + source.Horizontal.Tap(j);
                    for (var r = 0; r < rows; r++, tap += RowStride)
                    {
                        to[r] = *tap;
                    }
                }
            }
        }
    }
}
