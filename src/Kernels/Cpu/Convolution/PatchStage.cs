using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// A piece of some images copied so that every tap of every window is a plain shift: zeros where the window leaves the image, lines and
/// columns sorted by their remainder modulo the stride. Holds [image][channel][slot of lines][slot of columns][line][column].
/// </summary>
internal readonly unsafe struct PatchStage
{
    /// <summary>Floats behind the last one that a vector may read.</summary>
    public const int Slack = 16;

    private readonly PatchSource source;

    public PatchStage(in PatchSource source, int gridRows)
    {
        this.source = source;
        Rows = gridRows + source.Vertical.MaxShift;
        Columns = source.GridWidth + source.Horizontal.MaxShift;
        ChannelStride = (nint)source.Vertical.SlotCount * source.Horizontal.SlotCount * Rows * Columns;
    }

    /// <summary>Lines of a slot.</summary>
    public int Rows { get; }

    /// <summary>Columns of a slot, which is the distance of its lines.</summary>
    public int Columns { get; }

    /// <summary>Floats from channel to channel.</summary>
    public nint ChannelStride { get; }

    /// <summary>Where tap (i, j) of the first channel finds the window of the first grid element.</summary>
    public nint TapOffset(int i, int j)
    {
        var slot = (nint)source.Vertical.Slot(i) * source.Horizontal.SlotCount + source.Horizontal.Slot(j);
        return (slot * Rows + source.Vertical.Shift(i)) * Columns + source.Horizontal.Shift(j);
    }

    /// <summary>Copies channels of images for grid rows from <paramref name="row"/> on.</summary>
    public void Fill(float* to, int image, int images, int row, int channel, int channels)
    {
        ref readonly var vertical = ref source.Vertical;
        ref readonly var horizontal = ref source.Horizontal;
        for (var n = 0; n < images; n++)
        {
            var from = source.Data + (image + n) * source.ImageStride + channel * (nint)source.Height * source.Width;
            for (var c = 0; c < channels; c++, from += (nint)source.Height * source.Width)
            {
                for (var i = 0; i < vertical.SlotCount; i++)
                {
                    var first = row * vertical.Step + vertical.Low + vertical.Phase(i);
                    for (var j = 0; j < horizontal.SlotCount; j++)
                    {
                        Plane(from, first, vertical.Step, horizontal.Low + horizontal.Phase(j), horizontal.Step, to);
                        to += (nint)Rows * Columns;
                    }
                }
            }
        }

        new Span<float>(to, Slack).Clear();
    }

    // one slot: lines first, first + step, … and columns left, left + across, … of a plane; zeros outside
    private void Plane(float* from, int first, int step, int left, int across, float* to)
    {
        var before = left >= 0 ? 0 : Math.Min(Columns, (-left + across - 1) / across);
        var end = left >= source.Width ? before : Math.Clamp((source.Width - 1 - left) / across + 1, before, Columns);
        for (var r = 0; r < Rows; r++, first += step, to += Columns)
        {
            if ((uint)first >= (uint)source.Height || before == end)
            {
                Clear(to, Columns);
                continue;
            }

            Clear(to, before);
            Line(from + (nint)first * source.Width + left + (nint)before * across, across, to + before, end - before);
            Clear(to + end, Columns - end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(float* to, int count)
    {
        for (var i = 0; i < count; i++)
        {
            to[i] = 0;
        }
    }

    private static void Line(float* from, nint across, float* to, int count)
    {
        if (across == 1)
        {
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
            return;
        }

        for (var i = 0; i < count; i++, from += across)
        {
            to[i] = *from;
        }
    }
}
