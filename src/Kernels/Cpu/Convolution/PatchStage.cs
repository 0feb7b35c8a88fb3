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
        new Span<float>(to, checked((int)(ChannelStride * channels * images) + Slack)).Clear();
        for (var i = 0; i < vertical.SlotCount; i++)
        {
            var (firstRow, rows, rowsBefore) = Inside(row * vertical.Step + vertical.Low + vertical.Phase(i), vertical.Step, Rows, source.Height);
            for (var j = 0; j < horizontal.SlotCount; j++)
            {
                var (firstColumn, count, columnsBefore) = Inside(horizontal.Low + horizontal.Phase(j), horizontal.Step, Columns, source.Width);
                var lines = new StageLines
                {
                    From = source.Data + (nint)firstRow * source.Width + firstColumn,
                    FromStep = (nint)vertical.Step * source.Width,
                    Across = horizontal.Step,
                    Lines = rows,
                    Count = count,
                    Before = firstColumn,
                    After = source.Width - firstColumn,
                    ToStep = Columns,
                };
                var slot = to + (((nint)i * horizontal.SlotCount + j) * Rows + rowsBefore) * Columns + columnsBefore;
                for (var n = 0; n < images; n++)
                {
                    var from = (image + n) * source.ImageStride + (nint)channel * source.Height * source.Width;
                    for (var c = 0; c < channels; c++, from += (nint)source.Height * source.Width)
                    {
                        lines.Copy(from, slot + ((nint)n * channels + c) * ChannelStride);
                    }
                }
            }
        }
    }

    // of `length` staged places, which show source lines first, first + step, …: the first inside the source, their number, and the places before
    private static (int First, int Count, int Before) Inside(int first, int step, int length, int size)
    {
        var before = first >= 0 ? 0 : (-first + step - 1) / step;
        first += before * step;
        var count = first >= size ? 0 : Math.Min(length - before, (size - 1 - first) / step + 1);
        return count > 0 ? (first, count, before) : (0, 0, 0);
    }
}
